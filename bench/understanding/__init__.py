"""How much is understood: the skill, Rasa's default pipeline and NLP.js on the same sentences."""
