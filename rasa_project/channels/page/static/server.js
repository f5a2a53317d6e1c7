// Talks to the skill that served this page, and to nobody else.

const KEY = "unknot.key";

/** Thrown when the skill cannot be reached or refuses a request. */
export class Unreachable extends Error {}

async function post(path, body, key) {
  let answer;
  try {
    answer = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json", ...(key ? { "X-Page-Key": key } : {}) },
      body: JSON.stringify(body),
      credentials: "omit",
      cache: "no-store",
    });
  } catch {
    throw new Unreachable();
  }
  if (!answer.ok) throw new Unreachable();
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
