"""The pace of webhook events: how many at once, and when one is looked at again."""

# Events of one round: one transaction.
ROUND = 500
# Seconds after which a contact is read again until the search shows what the event told
# of: the vendor's index lags.
RECHECK_DELAYS = (15, 60, 300)
