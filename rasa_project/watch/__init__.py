"""What those who run the skill see of it, and what it lets strangers do. Never a word of a user."""
