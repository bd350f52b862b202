"""Idle expiry without a write per request."""

import time

from django.conf import settings

TOUCH_EVERY = 5 * 60
STAMP = "seen_at"


class IdleExpiryMiddleware:
    """End a session after IDLE_MINUTES without a request, moving its expiry at most every five minutes."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.user.is_authenticated:
            seen = request.session.get(STAMP, 0)
            if time.time() - seen > min(TOUCH_EVERY, settings.SESSION_COOKIE_AGE / 4):
                request.session[STAMP] = int(time.time())
        return self.get_response(request)
