"""The agent's settings page. Settings of the person are stored here; settings of a browser stay in the browser."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.actors import Actor
from accounts.events import tell_agents_changed
from accounts.models import Agent
from composer.desk.display import response_panel
from composer.desk.pages.forms import DictionaryForm, GreetingForm
from composer.desk.pages.gate import DeskRequest, at_desk
from composer.models import PersonalWord
from composer.suggestions.personal_words import add_word, remove_word

UNPROCESSABLE = 422
GREETING_IDS, WORD_IDS = "greeting-%s", "dictionary-%s"
NOT_KEPT = "This word is not kept: the dictionary is full, or it looks like something that must not be stored."


@require_safe
@at_desk
def settings(request: DeskRequest) -> HttpResponse:
    """The page, with no conversation needed."""
    return _page(request)


@require_POST
@at_desk
def greeting(request: DeskRequest) -> HttpResponse:
    """Change the agent's own greetings."""
    form = GreetingForm(request.POST, auto_id=GREETING_IDS)
    if not form.is_valid():
        return _page(request, greeting_form=form)
    form.save(by=Actor.user(request.user), agent=request.agent)
    messages.success(request, "Your greeting is saved. It holds from the next customer on.")
    return redirect("desk-settings")


@require_POST
@at_desk
def add_dictionary_word(request: DeskRequest) -> HttpResponse:
    """Never correct this word for the agent again."""
    form = DictionaryForm(request.POST, auto_id=WORD_IDS)
    if form.is_valid() and not add_word(agent=request.agent, word=form.cleaned_data["word"]):
        form.add_error("word", NOT_KEPT)
    if not form.is_valid():
        return _page(request, word_form=form)
    tell_agents_changed([request.agent.pk])
    messages.success(request, f"“{form.cleaned_data['word']}” is never corrected for you.")
    return redirect("desk-settings")


@require_POST
@at_desk
def remove_dictionary_word(request: DeskRequest) -> HttpResponse:
    """Remove a word: it may be corrected again. Unknown words are ignored."""
    word = request.POST.get("word", "").replace("\0", "")
    remove_word(agent=request.agent, word=word)
    tell_agents_changed([request.agent.pk])
    messages.success(request, f"“{word}” is corrected again.")
    return redirect("desk-settings")


def _page(
    request: DeskRequest, *, greeting_form: GreetingForm | None = None, word_form: DictionaryForm | None = None
) -> HttpResponse:
    """Render the page. `greeting_form`, `word_form`: a form with errors."""
    greetings = response_panel.greetings_of(request.agent)
    context = {
        "agent": request.agent,
        "greetings": greetings,
        "greeting_form": greeting_form or _greeting_form(greetings),
        "word_form": word_form or DictionaryForm(auto_id=WORD_IDS),
        "words": _words(request.agent),
    }
    status = UNPROCESSABLE if greeting_form or word_form else 200
    return render(request, "composer/desk/settings.html", context, status=status)


def _greeting_form(now: response_panel.Greetings) -> GreetingForm:
    initial = {"enabled": now.on, "named": now.named, "generic": now.generic}
    return GreetingForm(initial=initial, auto_id=GREETING_IDS)


def _words(agent: Agent) -> list[str]:
    return list(PersonalWord.objects.filter(agent=agent).order_by("word").values_list("word", flat=True))
