"""The site's addresses and, for the bench only, the bare views that its lists are compared with."""

from django.http import Http404, HttpRequest, HttpResponse
from django.template import Context, Engine
from django.urls import path

from keyaccounts.bench.parts import PARTS
from keyaccounts.common.access import signed_in
from keyaccounts.urls import urlpatterns as site

ROWS = 50
LISTS = {page.name: page for part in PARTS for page in getattr(part, "LISTS", ())}
BARE = {
    name: Engine().from_string(
        "<html><body><table>{% for o in rows %}<tr>"
        + "".join(f"<td>{{{{ o.{column} }}}}</td>" for column in page.columns)
        + "</tr>{% endfor %}</table></body></html>"
    )
    for name, page in LISTS.items()
}


@signed_in
def bare(request: HttpRequest, name: str) -> HttpResponse:
    """A bare Django view that prints the first fifty rows of a list."""
    if name not in LISTS:
        raise Http404
    return HttpResponse(BARE[name].render(Context({"rows": LISTS[name].bare()[:ROWS]})))


urlpatterns = [*site, path("bench/bare/<str:name>/", bare, name="bench_bare")]
