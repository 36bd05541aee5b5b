"""A stand-in for GoHighLevel's API: a real HTTP server with the vendor's quirks.

It imports nothing from the addon on purpose: it is a second, independent reading of the
vendor's documentation, so that a misreading cannot hide on both sides.
"""
