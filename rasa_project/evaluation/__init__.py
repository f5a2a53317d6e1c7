"""Measures the skill: labelled lines, scripted dialogues, walks through its states."""
