// The simulator `virtual-alexa` with our model.
//
// What it makes of phrases, as requests:
//     node virtual_alexa.js requests en-US.json amzn1.ask.skill.… '["my back hurts"]'
// A whole talk with a skill at an address, until a step was heard and then the phrases; prints requests' and
// answers' bodies:
//     node virtual_alexa.js talk en-US.json amzn1.ask.skill.… '["next", "stop"]' http://127.0.0.1:1234/
const { VirtualAlexa } = require("virtual-alexa");

const [what, model, application, given, url] = process.argv.slice(2);
const phrases = JSON.parse(given);
const requests = [];
const silent = { version: "1.0", response: { shouldEndSession: false } };
const builder = VirtualAlexa.Builder().interactionModelFile(model).applicationID(application);

const screen = { "Alexa.Presentation.APL": { runtime: { maxVersion: "2024.2" } } };
const answers = { "zero to ten": "5", "down to the floor": "the floor" };
const MOST_QUESTIONS = 30;

async function talk() {
  const alexa = builder.skillURL(url).create();
  alexa.filter((request) => { request.context.System.device.supportedInterfaces = screen; });
  const turns = [];
  const heard = async (said, answer) => { turns.push({ said, answer: (await answer).jsonObj || await answer }); };
  const last = () => JSON.stringify(turns[turns.length - 1].answer);
  await heard("", alexa.launch());
  await heard("my back is cramped", alexa.utter("my back is cramped"));
  for (let i = 0; i < MOST_QUESTIONS && !last().includes("Say next"); i++) {
    const asked = Object.keys(answers).find((part) => last().includes(part));
    const said = asked ? answers[asked] : "no";
    await heard(said, alexa.utter(said));
  }
  for (const said of phrases) await heard(said, alexa.utter(said));
  return turns;
}

async function requestsOf() {
  const alexa = builder.handler(async (event) => { requests.push(event); return silent; }).create();
  await alexa.launch();
  for (const phrase of phrases) await alexa.utter(phrase);
  await alexa.endSession();
  return requests;
}

(what === "talk" ? talk() : requestsOf())
  .then((found) => console.log(JSON.stringify(found)))
  .catch((error) => { console.error(error); process.exit(1); });
