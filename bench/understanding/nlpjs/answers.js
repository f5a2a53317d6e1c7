// Trains NLP.js with its default settings, or takes the model of an earlier run, and asks it
// every sentence:  node answers.js LEARNT.json MODEL.json SENTENCES.json ANSWERS.json
const fs = require('fs');
const { dockStart } = require('@nlpjs/basic');
const { LangEn } = require('@nlpjs/lang-en');

const WARM_UP = 20;

async function main([learnt, model, sentences, answers]) {
  const dock = await dockStart({ use: ['Basic'], settings: { nlp: { autoSave: false } } });
  const nlp = dock.get('nlp');
  nlp.container.use(LangEn);
  nlp.addLanguage('en');
  if (fs.existsSync(model)) {
    nlp.import(fs.readFileSync(model, 'utf8'));
  } else {
    for (const { text, intent } of JSON.parse(fs.readFileSync(learnt, 'utf8'))) {
      nlp.addDocument('en', text, intent);
    }
    await nlp.train();
    fs.writeFileSync(`${model}.new`, nlp.export(true));
    fs.renameSync(`${model}.new`, model);
  }
  const texts = JSON.parse(fs.readFileSync(sentences, 'utf8'));
  for (const text of texts.slice(0, WARM_UP)) {
    await nlp.process('en', text);
  }
  const found = [];
  for (const text of texts) {
    const began = process.hrtime.bigint();
    const { intent } = await nlp.process('en', text);
    const tookMs = Number(process.hrtime.bigint() - began) / 1e6;
    found.push({ intent: intent === 'None' ? 'nlu_fallback' : intent, took_ms: tookMs });
  }
  fs.writeFileSync(answers, JSON.stringify(found));
}

main(process.argv.slice(2)).catch((error) => {
  console.error(error);
  process.exit(1);
});
