// Prints the requests that the simulator `virtual-alexa` makes of spoken phrases with our model:
//     node virtual_alexa.js en-US.json '["my back hurts"]' amzn1.ask.skill.…
const { VirtualAlexa } = require("virtual-alexa");

const [model, phrases, application] = process.argv.slice(2);
const requests = [];
const silent = { version: "1.0", response: { shouldEndSession: false } };

const alexa = VirtualAlexa.Builder()
  .handler(async (event) => { requests.push(event); return silent; })
  .interactionModelFile(model)
  .applicationID(application)
  .create();

(async () => {
  await alexa.launch();
  for (const phrase of JSON.parse(phrases)) await alexa.utter(phrase);
  await alexa.endSession();
  console.log(JSON.stringify(requests));
})();
