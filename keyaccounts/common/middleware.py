"""The language somebody chose, and what happens between htmx and the sign-in page."""

from django.conf import settings
from django.http import HttpResponse
from django.utils import translation


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


class HtmxSignInMiddleware:
    """A part of a page that finds the session expired sends the whole window to sign in.

    Without it htmx would put the sign-in form inside the part. The half-written form stays in
    the browser's draft and is offered again afterwards.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if request.htmx and response.status_code == 302 and not request.user.is_authenticated:
            came_from = request.htmx.current_url_abs_path or "/"
            target = response.url.split("?")[0]
            answer = HttpResponse(status=401)
            answer["HX-Redirect"] = f"{target}?next={came_from}"
            return answer
        return response
