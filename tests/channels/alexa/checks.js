// Checks speech by `ssml-check-core` and documents by Amazon's own `apl-suggester`; prints what they find:
//     node checks.js '{"ssml": ["<speak>…</speak>"], "apl": [{…}]}'  (or the same on standard input)
const { readFileSync } = require("fs");
const print = console.log;
console.log = () => {};  // The suggester talks about its own insides.
const ssml = require("ssml-check-core");
const { StaticAplTemplateValidator } = require("apl-suggester");

const given = JSON.parse(process.argv[2] || readFileSync(0, "utf8"));
(async () => {
  const found = { ssml: [], apl: [] };
  for (const speech of given.ssml || []) found.ssml.push((await ssml.check(speech, { platform: "amazon" })) || []);
  const validator = new StaticAplTemplateValidator();
  for (const document of given.apl || []) found.apl.push(await validator.validate(document));
  print(JSON.stringify(found));
})();
