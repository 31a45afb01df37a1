from responses.models.custom import CustomFolder, CustomMetadata, CustomMetadataValue, CustomResponse
from responses.models.greeting import AgentGreeting, GreetingDefaults
from responses.models.library import (
    MAX_FOLDER_NAME_LENGTH,
    MAX_KEY_LENGTH,
    MAX_TEXT_LENGTH,
    MAX_TITLE_LENGTH,
    MAX_VALUE_LENGTH,
    Deployment,
    GlobalFilter,
    GlobalFilterValue,
    GlobalFolder,
    GlobalResponse,
    Insert,
    InsertSource,
    ListVersion,
)

__all__ = [
    "MAX_FOLDER_NAME_LENGTH",
    "MAX_KEY_LENGTH",
    "MAX_TEXT_LENGTH",
    "MAX_TITLE_LENGTH",
    "MAX_VALUE_LENGTH",
    "AgentGreeting",
    "CustomFolder",
    "CustomMetadata",
    "CustomMetadataValue",
    "CustomResponse",
    "Deployment",
    "GlobalFilter",
    "GlobalFilterValue",
    "GlobalFolder",
    "GlobalResponse",
    "GreetingDefaults",
    "Insert",
    "InsertSource",
    "ListVersion",
]
