"""A loudspeaker that writes down what it is made to say."""
