"""Requests and responses of the AutoCompose API. Source: openapi asapp-autocompose; contract README section 2."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from api.conversation.schemas import IdResponse, MessageRequest
from api.fields import (
    Count,
    ExternalId,
    FilledExternalId,
    FilterName,
    FilterValue,
    FolderName,
    GreetingText,
    Omittable,
    RequestSchema,
    ResponseSchema,
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

# Limits the filters of a response, and the allowed values of a filter.
MAX_FILTER_ENTRIES = 200


class SuggestionsRequest(RequestSchema):
    query: Omittable[Text] = None
    message: Omittable[MessageRequest] = None


class SuggestionResponse(ResponseSchema):
    text: str
    template_text: str
    title: str


class PhraseResponse(ResponseSchema):
    text: str


class AutopilotMessageResponse(SuggestionResponse):
    delay_seconds: int
    trigger_after_seconds: int


class SuggestionsResponse(ResponseSchema):
    id: str
    suggestions: list[SuggestionResponse]
    phrase_completion: PhraseResponse | None = None
    message: IdResponse | None = None
    autopilot_message: AutopilotMessageResponse | None = None


class ProfanityRequest(RequestSchema):
    text: Omittable[Text] = None


class ProfanityResponse(ResponseSchema):
    has_profanity: bool


class TypingEventRequest(RequestSchema):
    cursor_start: Whole
    cursor_end: Whole


class SpellcheckRequest(RequestSchema):
    text: Text
    typing_event: TypingEventRequest
    user_dictionary: Omittable[list[Text]] = None
    language: Omittable[Text] = None


class SpellcheckResponse(ResponseSchema):
    """A correction; an empty object if there is no mistake."""

    id: str | None = None
    misspelled_text: str | None = None
    corrected_text: str | None = None
    position: int | None = None


AugmentationName = Annotated[str, *one_of(Augmentation)]
ActionName = Annotated[str, *one_of(ComposerAction)]


class MessageSentRequest(RequestSchema):
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


class CorrectionDetail(RequestSchema):
    correction_id: ExternalId


class DrawerDetail(RequestSchema):
    query: StoredText
    text: StoredText


class PanelDetail(RequestSchema):
    text: StoredText


class ComposerEventRequest(RequestSchema):
    """An event with its details. The five details are the only nullable fields of this API."""

    type: ActionName
    suggestions_id: ExternalId
    spellcheck_applied: CorrectionDetail | None = None
    spellcheck_undone: CorrectionDetail | None = None
    custom_response_drawer_inserted: DrawerDetail | None = None
    custom_panel_inserted: PanelDetail | None = None
    global_panel_inserted: PanelDetail | None = None


class SettingsResponse(ResponseSchema):
    suggestions_while_typing_disabled: bool
    phrase_completions_disabled: bool
    spellcheck_disabled: bool
    autopilot_greetings_disabled: bool
    autocompose_disabled: bool


class MetadataItem(ResponseSchema):
    name: str
    allowed_values: list[str]


class ListedResponse(ResponseSchema):
    id: str
    text: str
    title: str
    folder_id: str
    metadata: list[MetadataItem] | None = None

    @classmethod
    def of(cls, item: ResponseItem) -> ListedResponse:
        metadata = [MetadataItem(name=name, allowed_values=list(values)) for name, values in item.metadata]
        return cls(id=item.id, text=item.text, title=item.title, folder_id=item.folder_id, metadata=metadata or None)


class FolderResponse(ResponseSchema):
    id: str
    name: str
    parent_folder_id: str

    @classmethod
    def of(cls, item: FolderItem) -> FolderResponse:
        return cls(id=item.id, name=item.name, parent_folder_id=item.parent_id)


class ListPageResponse(ResponseSchema):
    responses_list: list[ListedResponse]
    folder_list: list[FolderResponse]
    page_token: str


class VersionResponse(ResponseSchema):
    id: str
    description: str


class GlobalsResponse(ResponseSchema):
    responses: ListPageResponse
    version: VersionResponse


class MetadataRequest(RequestSchema):
    name: FilterName
    allowed_values: Omittable[Annotated[list[FilterValue], Field(max_length=MAX_FILTER_ENTRIES)]] = None


class CustomResponseRequest(RequestSchema):
    """`id` is read-only: it is ignored in a request, but must be a string."""

    id: Omittable[Text] = None
    text: ResponseText
    title: ResponseTitle
    folder_id: Omittable[Text] = None
    metadata: Omittable[Annotated[list[MetadataRequest], Field(max_length=MAX_FILTER_ENTRIES)]] = None


class FolderRequest(RequestSchema):
    """`id` is read-only: it is ignored in a request, but must be a string."""

    id: Omittable[Text] = None
    name: FolderName
    parent_folder_id: Omittable[Text] = None


class GreetingsRequest(RequestSchema):
    greeting_generic: GreetingText
    greeting_customer_name: GreetingText


class GreetingsResponse(ResponseSchema):
    greeting_generic: str
    greeting_customer_name: str


class GreetingsStatusRequest(RequestSchema):
    enabled: bool


class GreetingsStatusResponse(ResponseSchema):
    enabled: bool


def _digits(value: Any) -> Any:
    """Turn the text of a query parameter into an integer."""
    if isinstance(value, str):
        if not (value.isascii() and value.removeprefix("-").isdigit() and len(value) < 12):
            raise PydanticCustomError("integer", "must be an integer")
        return int(value)
    return value


class ByAgent(BaseModel):
    """`agentId` is the agent's id in the caller's own system, in any format."""

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
