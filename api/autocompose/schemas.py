"""Bodies of the AutoCompose API. Source: openapi asapp-autocompose; contract README section 2."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from api.conversation.schemas import IdAnswer, MessageBody
from api.fields import (
    Answer,
    Body,
    Count,
    ExternalId,
    FilledExternalId,
    FilterName,
    FilterValue,
    FolderName,
    GreetingText,
    Omittable,
    ResponseText,
    ResponseTitle,
    Seconds,
    StoredText,
    Text,
    Whole,
    one_of,
)
from composer.models import Augmentation, ComposerAction
from responses.browse import MAX_PER_PAGE, FolderItem, ResourceType, ResponseItem

# Filters of a response, and allowed values of one.
MAX_FILTER_ENTRIES = 200


class SuggestionsBody(Body):
    query: Omittable[Text] = None
    message: Omittable[MessageBody] = None


class SuggestionAnswer(Answer):
    text: str
    template_text: str
    title: str


class PhraseAnswer(Answer):
    text: str


class AutopilotMessageAnswer(SuggestionAnswer):
    delay_seconds: int
    trigger_after_seconds: int


class SuggestionsAnswer(Answer):
    id: str
    suggestions: list[SuggestionAnswer]
    phrase_completion: PhraseAnswer | None = None
    message: IdAnswer | None = None
    autopilot_message: AutopilotMessageAnswer | None = None


class ProfanityBody(Body):
    text: Omittable[Text] = None


class ProfanityAnswer(Answer):
    has_profanity: bool


class TypingEventBody(Body):
    cursor_start: Whole
    cursor_end: Whole


class SpellcheckBody(Body):
    text: Text
    typing_event: TypingEventBody
    user_dictionary: Omittable[list[Text]] = None
    language: Omittable[Text] = None


class SpellcheckAnswer(Answer):
    """No mistake: all of it is left out."""

    id: str | None = None
    misspelled_text: str | None = None
    corrected_text: str | None = None
    position: int | None = None


AugmentationName = Annotated[str, *one_of(Augmentation)]
ActionName = Annotated[str, *one_of(ComposerAction)]


class MessageSentBody(Body):
    conversation_id: ExternalId
    message_id: ExternalId
    augmentation_type: Annotated[list[AugmentationName], Field(max_length=10_000)]
    num_edits: Omittable[Count] = None
    selected_suggestion_text: Omittable[StoredText] = None
    selected_suggestions_id: Omittable[ExternalId] = None
    selected_suggestion_index: Omittable[Count] = None
    initial_suggestions_id: Omittable[ExternalId] = None
    time_to_action: Omittable[Seconds] = None
    crafting_time: Omittable[Seconds] = None
    dwell_time: Omittable[Seconds] = None
    phrase_autocomplete_presented_ct: Omittable[Count] = None
    phrase_autocomplete_selected_ct: Omittable[Count] = None


class CorrectionDetail(Body):
    correction_id: ExternalId


class DrawerDetail(Body):
    query: StoredText
    text: StoredText


class PanelDetail(Body):
    text: StoredText


class ComposerEventBody(Body):
    """The five details are the only nullable fields of this API."""

    type: ActionName
    suggestions_id: ExternalId
    spellcheck_applied: CorrectionDetail | None = None
    spellcheck_undone: CorrectionDetail | None = None
    custom_response_drawer_inserted: DrawerDetail | None = None
    custom_panel_inserted: PanelDetail | None = None
    global_panel_inserted: PanelDetail | None = None


class SettingsAnswer(Answer):
    suggestions_while_typing_disabled: bool
    phrase_completions_disabled: bool
    spellcheck_disabled: bool
    autopilot_greetings_disabled: bool
    autocompose_disabled: bool


class MetadataItem(Answer):
    name: str
    allowed_values: list[str]


class ResponseAnswer(Answer):
    id: str
    text: str
    title: str
    folder_id: str
    metadata: list[MetadataItem] | None = None

    @classmethod
    def of(cls, item: ResponseItem) -> ResponseAnswer:
        metadata = [MetadataItem(name=name, allowed_values=list(values)) for name, values in item.metadata]
        return cls(id=item.id, text=item.text, title=item.title, folder_id=item.folder_id, metadata=metadata or None)


class FolderAnswer(Answer):
    id: str
    name: str
    parent_folder_id: str

    @classmethod
    def of(cls, item: FolderItem) -> FolderAnswer:
        return cls(id=item.id, name=item.name, parent_folder_id=item.parent_id)


class ResponsePageAnswer(Answer):
    responses_list: list[ResponseAnswer]
    folder_list: list[FolderAnswer]
    page_token: str


class VersionAnswer(Answer):
    id: str
    description: str


class GlobalsAnswer(Answer):
    responses: ResponsePageAnswer
    version: VersionAnswer


class MetadataBody(Body):
    name: FilterName
    allowed_values: Omittable[Annotated[list[FilterValue], Field(max_length=MAX_FILTER_ENTRIES)]] = None


class CustomResponseBody(Body):
    """`id` is read-only: one that is sent is passed over, but must be a string."""

    id: Omittable[Text] = None
    text: ResponseText
    title: ResponseTitle
    folder_id: Omittable[Text] = None
    metadata: Omittable[Annotated[list[MetadataBody], Field(max_length=MAX_FILTER_ENTRIES)]] = None


class FolderBody(Body):
    """`id` is read-only: one that is sent is passed over, but must be a string."""

    id: Omittable[Text] = None
    name: FolderName
    parent_folder_id: Omittable[Text] = None


class GreetingsBody(Body):
    greeting_generic: GreetingText
    greeting_customer_name: GreetingText


class GreetingsAnswer(Answer):
    greeting_generic: str
    greeting_customer_name: str


class GreetingsStatus(Body):
    enabled: bool


class GreetingsStatusAnswer(Answer):
    enabled: bool


def _digits(value: Any) -> Any:
    """Query parameters arrive as text: digits alone are an integer."""
    if isinstance(value, str):
        if not (value.isascii() and value.removeprefix("-").isdigit() and len(value) < 12):
            raise PydanticCustomError("integer", "must be an integer")
        return int(value)
    return value


class ByAgent(BaseModel):
    """`agentId` is the agent's id in the caller's own system; no shape is demanded of it."""

    model_config = ConfigDict(populate_by_name=False)
    agent_id: Annotated[FilledExternalId, Field(alias="agentId")]


class Browse(BaseModel):
    model_config = ConfigDict(populate_by_name=False)
    folder_id: Annotated[Text | None, Field(alias="folderId")] = None
    resource_type: Annotated[ResourceType, Field(alias="resourceType")] = "all"
    search_term: Annotated[Text, Field(alias="searchTerm")] = ""
    page_token: Annotated[str, Field(alias="pageToken")] = ""
    max_per_page: Annotated[int, BeforeValidator(_digits), Field(alias="maxPerPage", ge=1)] = MAX_PER_PAGE


class BrowseOfAgent(Browse, ByAgent):
    pass
