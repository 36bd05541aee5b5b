"""Signed webhooks for every edit."""
