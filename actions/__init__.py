"""Custom actions: each turns a tracker into a call of `rasa_project.care` and its result into events."""
