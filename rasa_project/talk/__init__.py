"""`make talk`: microphone and loudspeaker of one machine, with speech services over Wyoming."""
