# Unknot. `make help` lists what there is; every command sets up what it needs first.

PROJECT := $(dir $(abspath $(lastword $(MAKEFILE_LIST))))
PY := .venv/bin/python
TOOLS_UV := .tools/uv/bin/uv

# Programs that make the environment, the first that works; it need not be 3.10.
PYTHONS := $(PYTHON) python3 /usr/bin/python3 python3.13 python3.12 python3.11 python3.10 python3.9 python3.8

# Test files run side by side, one process a core; a test that measures time allows for that.
TEST_PROCESSES ?= 2

# Compiled once, Python files import three times as fast; the folder is ours alone.
unexport PYTHONDONTWRITEBYTECODE
unexport PYTHONPATH
unexport PYTHONHOME

.DEFAULT_GOAL := help
.PHONY: help run serve train test eval readme pictures page-gallery assets alexa-model clean environment lock talk bench soak reseal sbom audit

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(lastword $(MAKEFILE_LIST))

run: environment ## talk to the skill in this terminal; takes its turns from a pipe too
	@$(PY) -m rasa_project.launch.run

serve: environment ## the skill for speakers and pages, until Ctrl-C
	@$(PY) -m rasa_project.launch.serve

talk: environment ## talk aloud with the skill at this machine; WAV="a.wav b.wav" takes files
	@$(PY) -m rasa_project.launch.talk $(WAV)

train: environment ## train the model if an input changed (FORCE=1: in any case)
	@$(PY) -m rasa_project.launch.training $(if $(FORCE),--force)

assets: environment ## build the language assets
	@$(PY) -m rasa_project.launch.assets

test: environment ## everything that must pass
	@$(PY) -m rasa_project.launch.training
	@$(PY) -m pytest -n $(TEST_PROCESSES) --dist loadfile --durations=15 $(TESTS)

eval: environment ## score labelled lines: NLU=… RED_FLAGS=… SCREENING=… DIALOGUES=…
	@$(PY) -m rasa_project.launch.training
	@$(PY) -m rasa_project.launch.leanly rasa_project.evaluation $(if $(NLU),--nlu $(NLU)) $(if $(RED_FLAGS),--red-flags $(RED_FLAGS)) \
		$(if $(SCREENING),--screening $(SCREENING)) $(if $(DIALOGUES),--dialogues $(DIALOGUES))

pictures: environment ## draw the exercises anew from content/pictures.yml
	@$(PY) -m rasa_project.pictures

page-gallery: environment ## a picture of the page for every kind of reply, in reports/page_kinds
	@$(PY) -m rasa_project.channels.page.gallery

bench: environment ## speed, memory, understanding, beside Rasa's default bot: QUICK=1 README=1
	@$(PY) -m rasa_project.launch.training
	@$(PY) -m bench $(if $(QUICK),--quick) $(if $(TURNS),--turns $(TURNS)) $(if $(ONLY),--only $(ONLY)) $(if $(README),--readme)

soak: environment ## an hour of mixed talk at 5 turns a second: MINUTES=60 RATE=5 README=1
	@$(PY) -m rasa_project.launch.training
	@$(PY) -m bench.soak $(if $(MINUTES),--minutes $(MINUTES)) $(if $(RATE),--rate $(RATE)) $(if $(README),--readme)

readme: environment ## measure on the held-out sentences and write the README's numbers
	@$(PY) -m rasa_project.launch.training
	@$(PY) -m rasa_project.launch.leanly rasa_project.evaluation.held_out --write

reseal: environment ## seal all conversations with the first key of SKILL_TRACKER_KEY
	@$(PY) -m rasa_project.storage.reseal

alexa-model: environment ## write what Alexa listens for, from the training data
	@$(PY) -m rasa_project.channels.alexa.interaction_model

clean: ## remove everything that can be made again
	@rm -rf .venv .tools .launch .assets .bench .rasa models logs reports .pytest_cache talk
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamp inside .venv is compared by content: a new checkout changes times, not pins.
environment:
	@if ! { cmp -s requirements.lock .venv/requirements.lock && test -x $(PY); }; then \
		for python in $(PYTHONS); do \
			if $$python -c 'import sys; sys.exit(sys.version_info < (3, 8))' 2>/dev/null; then \
				exec $$python rasa_project/launch/environment.py; \
			fi; \
		done; \
		echo "No python3 was found: install Python 3 (3.8 or newer) and run the same command again." >&2; \
		exit 1; \
	fi

sbom: environment ## everything that is installed, in CycloneDX: reports/sbom.cdx.json
	@sh scripts/sbom.sh $(TOOLS_UV) reports/sbom.cdx.json
	@echo "reports/sbom.cdx.json"

audit: environment ## withdrawn releases and known vulnerabilities in requirements.lock
	@sh scripts/audit.sh $(TOOLS_UV)

lock: environment ## pin what pyproject.toml asks for; UPGRADE=1: the newest of all
	@sh scripts/lock.sh $(TOOLS_UV) $(if $(UPGRADE),--upgrade)
