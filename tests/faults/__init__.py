"""Bad input, bad output, bad luck."""
