"""Idle expiry without a write per request, and an own password before anything else."""

import time

from django.conf import settings
from django.shortcuts import redirect
from django.urls import reverse

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


class OwnPasswordMiddleware:
    """A password that somebody else has set is good for one thing: setting an own one."""

    OPEN = ("people:password", "people:sign_out", "people:language")

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if (
            request.user.is_authenticated
            and request.user.must_change_password
            and request.path not in {reverse(name) for name in self.OPEN}
        ):
            return redirect("people:password")
        return self.get_response(request)
