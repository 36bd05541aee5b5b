"""Keeps codes, tickets and searches out of the log of requests."""

import logging

from ..tools.web.request_log import hide


class _Hide(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        hidden = hide(message)
        if hidden != message:
            record.msg, record.args = hidden, None
        return True


logging.getLogger("werkzeug").addFilter(_Hide())
