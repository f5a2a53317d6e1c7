"""What `deploy/` says about the skill is what the skill says about itself."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any, Iterator

import pytest
import yaml

from own_environment import python_of
from rasa_project.launch import environment
from rasa_project.settings import PREFIX, PROJECT, SETTINGS, Settings, read_settings

DEPLOY = PROJECT / "deploy"
COMPOSE = DEPLOY / "compose.yml"
DOCKERFILE = DEPLOY / "Dockerfile"
KUBERNETES = sorted((DEPLOY / "kubernetes").glob("*.yaml"))
OWN = ("rasa", "actions")
DEFAULTS = read_settings({})
SECRET = "a1" * 12
"""Stands in for the secrets that are in no file."""

PLAIN_IMAGE = re.compile(r"[a-z]+(:[a-z0-9.-]+)?")
"""A name without a registry's host before it."""


def compose() -> dict[str, Any]:
    return dict(yaml.safe_load(COMPOSE.read_text(encoding="utf-8")))


def kubernetes() -> list[dict[str, Any]]:
    """All manifests, as kustomize makes them where it is installed."""
    texts = [file.read_text(encoding="utf-8") for file in KUBERNETES]
    return [found for text in texts for found in yaml.safe_load_all(text) if found]


def pods() -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Name, pod and container of everything that runs."""
    for found in kubernetes():
        if found["kind"] in ("Deployment", "StatefulSet"):
            pod = found["spec"]["template"]["spec"]
            for container in pod["containers"]:
                yield found["metadata"]["name"], pod, container


def settings_of(service: dict[str, Any]) -> Settings:
    """The settings of a compose service, its passwords filled in."""
    given = {
        name: re.sub(r"\$\{[A-Z_]+(:-([^}]*)|:\?[^}]*)?\}", lambda m: m[2] if m[2] is not None else SECRET, value)
        for name, value in service["environment"].items()
    }
    return read_settings(given)


def test_every_setting_that_deploy_names_exists() -> None:
    known = {setting.variable for setting in SETTINGS}
    example = (PROJECT / ".env.example").read_text(encoding="utf-8")
    named: set[str] = set()
    for file in (COMPOSE, DOCKERFILE, *KUBERNETES, PROJECT / "docs" / "operations.md"):
        named |= set(re.findall(rf"\b({PREFIX}[A-Z_]+)\b", file.read_text(encoding="utf-8")))
    assert len(named) > 8 and named <= known, named - known
    assert all(f"#{name}=" in example for name in named)


def test_compose_gives_settings_that_the_skill_takes_and_share_one_state() -> None:
    services = compose()["services"]
    rasa, actions = settings_of(services["rasa"]), settings_of(services["actions"])
    assert rasa.tracker_url and rasa.lock_url and rasa.diary_url == actions.diary_url
    host = lambda url: re.split(r"[@/:]+", url.split("://")[1].split("@")[-1])[0]  # noqa: E731
    for url in (rasa.tracker_url, rasa.lock_url, *rasa.action_urls, rasa.diary_url):
        assert host(url) in services, url
    assert {host(url) for url in rasa.action_urls} == {"actions"}


def test_kubernetes_gives_settings_that_the_skill_takes_and_share_one_state() -> None:
    made = yaml.safe_load((DEPLOY / "kubernetes" / "kustomization.yaml").read_text(encoding="utf-8"))
    shared = dict(line.split("=", 1) for line in made["configMapGenerator"][0]["literals"])
    services = {found["metadata"]["name"] for found in kubernetes() if found["kind"] == "Service"}
    for name, _, container in pods():
        if name in OWN:
            own = {one["name"]: one["value"] for one in container["env"] if "value" in one}
            given = {**shared, **{k: re.sub(r"\$\([A-Z_]+\)", SECRET, v) for k, v in own.items()}}
            in_force = read_settings(given)
            assert in_force.diary_url and in_force.action_urls
            if name == "rasa":
                assert in_force.tracker_url and in_force.lock_url
            for value in given.values():
                for host in re.findall(r"://(?:[^@/]*@)?([a-z]+)", value):
                    assert host in services, value


def test_ports_are_those_of_the_settings() -> None:
    ports = {DEFAULTS.rasa_port, DEFAULTS.action_port, DEFAULTS.wyoming_port}
    exposed = re.search(r"^EXPOSE (.+)$", DOCKERFILE.read_text(encoding="utf-8"), re.M)
    assert exposed and {int(port) for port in exposed[1].split()} == ports
    named = {
        port["name"]: port["containerPort"]
        for name, _, container in pods()
        if name in OWN
        for port in container["ports"]
        if (name, port["name"]) != ("actions", "http")
    }
    assert named == {"http": DEFAULTS.rasa_port, "wyoming": DEFAULTS.wyoming_port}
    proxy = (DEPLOY / "haproxy.cfg").read_text(encoding="utf-8")
    assert f"rasa:{DEFAULTS.rasa_port} check" in proxy and f"rasa:{DEFAULTS.wyoming_port} check" in proxy
    services = compose()["services"]
    assert f":{DEFAULTS.rasa_port}/health" in " ".join(services["rasa"]["healthcheck"]["test"])
    assert f":{DEFAULTS.action_port}/health" in " ".join(services["actions"]["healthcheck"]["test"])


def test_nothing_runs_as_root_or_writes_to_its_image() -> None:
    users = re.findall(r"^USER (\S+)$", DOCKERFILE.read_text(encoding="utf-8"), re.M)
    assert users and users[-1] == "10001:10001"
    services = compose()["services"]
    for name in OWN:
        service = services[name]
        assert service["user"] == "10001:10001" and service["read_only"] is True
        assert service["cap_drop"] == ["ALL"] and service["tmpfs"]
    for name, pod, container in pods():
        assert pod["securityContext"]["runAsNonRoot"] is True, name
        assert pod["securityContext"]["runAsUser"] > 0, name
        assert container["securityContext"]["readOnlyRootFilesystem"] is True, name
        assert container["securityContext"]["allowPrivilegeEscalation"] is False, name


def test_everything_is_asked_whether_it_lives_and_may_not_take_all_memory() -> None:
    services = compose()["services"]
    for name, service in services.items():
        assert service["healthcheck"]["test"], name
    for name in OWN:
        assert services[name]["deploy"]["resources"]["limits"]["memory"], name
    for name, pod, container in pods():
        assert container["readinessProbe"] and container["livenessProbe"], name
        assert container["resources"]["limits"]["memory"] and container["resources"]["requests"], name
        if name in OWN:
            assert pod["terminationGracePeriodSeconds"] >= 15


def test_no_secret_and_no_registry_is_written_down() -> None:
    text = COMPOSE.read_text(encoding="utf-8")
    for variable in ("POSTGRES_PASSWORD", "REDIS_PASSWORD", "SKILL_ACCESS_TOKEN"):
        assert re.search(rf"\$\{{{variable}:\?", text), variable
    assert not re.search(r"://[a-z]*:[A-Za-z0-9]+@", text)
    for file in KUBERNETES:
        manifest = file.read_text(encoding="utf-8")
        assert "kind: Secret\n" not in manifest and not re.search(r"://[a-z]*:[A-Za-z0-9]+@", manifest)
    images = [service["image"] for service in compose()["services"].values()]
    images += [container["image"] for _, _, container in pods()]
    images += re.findall(r"^FROM (\S+)", DOCKERFILE.read_text(encoding="utf-8"), re.M)
    assert len(images) > 8
    assert all(PLAIN_IMAGE.fullmatch(image) for image in images), images


def test_files_that_the_image_and_compose_take_are_there() -> None:
    text = DOCKERFILE.read_text(encoding="utf-8")
    for line in re.findall(r"^COPY (?!--from)(.+)$", text, re.M):
        for source in line.split()[:-1]:
            assert (PROJECT / source).exists(), source
    for module in re.findall(r"rasa_project\.launch\.[a-z_]+", text + COMPOSE.read_text(encoding="utf-8")):
        assert (PROJECT / f"{module.replace('.', '/')}.py").is_file(), module
    ignored = (PROJECT / ".dockerignore").read_text(encoding="utf-8").split()
    assert {".env", ".git", "userdata"} <= set(ignored)
    for needed in ("actions", "data", "domain", "config.yml", "endpoints.yml", "rasa_project"):
        assert needed not in ignored


def test_kustomize_makes_all_of_it() -> None:
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        pytest.skip("kubectl is not installed; it makes the manifests of deploy/kubernetes")
    done = subprocess.run(
        [kubectl, "kustomize", str(DEPLOY / "kubernetes")], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    made = [found for found in yaml.safe_load_all(done.stdout) if found]
    assert all(found["metadata"]["namespace"] == "unknot" for found in made)
    names = {(found["kind"], found["metadata"]["name"]) for found in made}
    assert {("Deployment", "rasa"), ("Deployment", "actions"), ("StatefulSet", "postgres")} <= names


def test_an_emergency_is_never_left_without_a_process_because_a_part_is_missing() -> None:
    """Who asks `/ready` takes every process out of service together with the database."""
    for file in (COMPOSE, DEPLOY / "haproxy.cfg", *KUBERNETES):
        asked = [line for line in file.read_text(encoding="utf-8").splitlines() if "#" not in line]
        assert not any("/ready" in line for line in asked), file


def test_what_other_machines_reach_asks_for_the_secret() -> None:
    services = compose()["services"]
    assert settings_of(services["rasa"]).access_token == SECRET
    names = {one["name"] for name, _, container in pods() if name == "rasa" for one in container["env"]}
    assert "SKILL_ACCESS_TOKEN" in names


@pytest.fixture(scope="module")
def checkers() -> Path:
    """The folder of programs that look at deploy/."""
    try:
        return python_of("deploy", Path(__file__).with_name("deploy.lock")).parent
    except environment.SetupError as error:
        pytest.skip(f"what looks at deploy/ could not be installed: {error}")


def test_kubernetes_knows_every_field_of_the_manifests(checkers: Path, tmp_path: Path) -> None:
    def refused(files: list[Path]) -> str:
        """What is wrong with the manifests, empty when nothing is."""
        command = [str(checkers / "kubernetes-validate"), "--strict", *map(str, files)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120)
        return "" if done.returncode == 0 else done.stdout + done.stderr

    own = [file for file in KUBERNETES if file.name != "kustomization.yaml"]
    assert len(own) > 3 and not refused(own)
    # A field that nobody knows is found, so the above has looked.
    spoiled = tmp_path / "spoiled.yaml"
    text = (DEPLOY / "kubernetes" / "rasa.yaml").read_text(encoding="utf-8")
    spoiled.write_text(text.replace("readOnlyRootFilesystem", "readOnlyRootFileSystem"), encoding="utf-8")
    assert "readOnlyRootFileSystem" in refused([spoiled])


def test_hadolint_has_nothing_to_say_about_the_dockerfile(checkers: Path) -> None:
    def said(text: str) -> str:
        command = [str(checkers / "hadolint"), "--no-color", "-"]
        return subprocess.run(command, input=text, capture_output=True, text=True, timeout=120).stdout

    text = DOCKERFILE.read_text(encoding="utf-8")
    assert said(text) == ""
    assert "DL3002" in said(text.replace("USER 10001:10001", "USER root"))


def test_haproxy_takes_its_file_without_a_warning(tmp_path: Path) -> None:
    program = shutil.which("haproxy") or shutil.which("haproxy", path="/usr/sbin")
    if program is None:
        pytest.skip("haproxy is not installed; it reads deploy/haproxy.cfg")

    def said(text: str) -> tuple[int, str]:
        file = tmp_path / "haproxy.cfg"
        file.write_text(text, encoding="utf-8")
        done = subprocess.run([program, "-c", "-f", str(file)], capture_output=True, text=True, timeout=60)
        return done.returncode, done.stdout + done.stderr

    text = (DEPLOY / "haproxy.cfg").read_text(encoding="utf-8")
    status, words = said(text)
    assert status == 0 and "[WARNING]" not in words and "[ALERT]" not in words, words
    assert said(text.replace("option httpchk", "option httpcheck"))[0] != 0
