"""The language somebody chose, and the way through the sign-in page back to a half-written form."""

from urllib.parse import quote, urlsplit

from django.conf import settings
from django.http import HttpResponse
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme


class ChosenLanguageMiddleware:
    """The company's language (LANGUAGE_CODE) until somebody chooses another in the top bar.

    Not the browser's: many a Chinese office works on an English Windows.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)
        language = chosen if chosen in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
        with translation.override(language):
            request.LANGUAGE_CODE = translation.get_language()
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", request.LANGUAGE_CODE)
        return response


class SignInAgainMiddleware:
    """What a page sends after its session has expired leads through the sign-in page back to that page.

    A part fetched by htmx sends the whole window to sign in: the sign-in form has no place inside it. A form
    that was sent comes back to the page it stands on, not to the address it is posted to, which often answers
    no GET. What was typed waits there in the browser's draft.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if response.status_code != 302 or request.user.is_authenticated:
            return response
        target, asks, _next = response.url.partition("?next=")
        if not asks:
            return response
        if request.htmx:
            answer = HttpResponse(status=401)
            answer["HX-Redirect"] = f"{target}?next={quote(request.htmx.current_url_abs_path or '/')}"
            return answer
        if request.method == "POST":
            response["Location"] = f"{target}?next={quote(self._page(request))}"
        return response

    @staticmethod
    def _page(request) -> str:
        """The page of ours that a form was sent from; the address itself when the browser does not say."""
        page = request.headers.get("Referer", "")
        if not url_has_allowed_host_and_scheme(page, {request.get_host()}, require_https=request.is_secure()):
            return request.get_full_path()
        parts = urlsplit(page)
        return f"{parts.path}?{parts.query}" if parts.query else parts.path
