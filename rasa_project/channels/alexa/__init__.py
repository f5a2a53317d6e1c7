"""Alexa: requests of Amazon's cloud in, spoken answers out."""
