// Talks to the skill that served this page, and to nobody else.

const KEY = "unknot.key";

/** Thrown when the skill cannot be reached or refuses a request. */
export class Unreachable extends Error {}

const ACCESS = "unknot.access";

/** The token of the skill, where it asks for one: given once as /#access=… or when it is asked for. */
function access() {
  const given = new URLSearchParams(location.hash.slice(1)).get("access");
  if (given) {
    localStorage.setItem(ACCESS, given);
    history.replaceState(null, "", location.pathname);
  }
  return localStorage.getItem(ACCESS);
}

async function send(path, body, key) {
  const token = access();
  try {
    return await fetch(path, {
      method: "POST",
      headers: {
        "Content-Type": "application/json",
        ...(key ? { "X-Page-Key": key } : {}),
        ...(token ? { Authorization: `Bearer ${token}` } : {}),
      },
      body: JSON.stringify(body),
      credentials: "omit",
      cache: "no-store",
    });
  } catch {
    throw new Unreachable();
  }
}

async function post(path, body, key) {
  let answer = await send(path, body, key);
  if (answer.status === 401) {
    const token = window.prompt("This skill asks for its access token:")?.trim();
    if (!token) throw new Unreachable();
    localStorage.setItem(ACCESS, token);
    answer = await send(path, body, key);
    if (answer.status === 401) localStorage.removeItem(ACCESS);
  }
  // Who says too much at once is answered in words too, with the numbers to call.
  const inWords = answer.status === 429 && path === "/page/say";
  if (!answer.ok && !inWords) throw new Unreachable();
  return answer;
}

let ownKey;

/** The key of this page: nobody else knows it, and a reload keeps it. */
async function key() {
  ownKey ??= localStorage.getItem(KEY);
  if (!ownKey) {
    ownKey = (await (await post("/page/key", {})).json()).key;
    localStorage.setItem(KEY, ownKey);
  }
  return ownKey;
}

export const hasKey = () => Boolean(localStorage.getItem(KEY));

export const say = async (text, country) => (await post("/page/say", { text, country }, await key())).json();

export const last = async () => (await post("/page/last", {}, await key())).json();

export const diary = async () => (await post("/page/diary", {}, await key())).json();

export const diaryPicture = async () => (await post("/page/diary.png", {}, await key())).blob();

export const settings = async () => {
  const answer = await fetch("/page/settings", { credentials: "omit" });
  if (!answer.ok) throw new Unreachable();
  return answer.json();
};
