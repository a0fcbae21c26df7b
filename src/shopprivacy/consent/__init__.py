"""Consent of a browser and of an account: choices, the cookie that carries them, and how they merge at sign-in."""
