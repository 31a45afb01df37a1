from responses.services.custom import (
    create_folder,
    create_response,
    delete_folder,
    delete_response,
    update_folder,
    update_response,
)
from responses.services.defaults import add_default_dictionary
from responses.services.greetings import set_greeting_texts, set_greetings, set_greetings_enabled
from responses.services.versions import ListRow, deploy_version, save_version

__all__ = [
    "ListRow",
    "add_default_dictionary",
    "create_folder",
    "create_response",
    "delete_folder",
    "delete_response",
    "deploy_version",
    "save_version",
    "set_greeting_texts",
    "set_greetings",
    "set_greetings_enabled",
    "update_folder",
    "update_response",
]
