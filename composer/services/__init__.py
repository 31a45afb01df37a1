from composer.greetings import cancel_greeting, send_greeting, start_greeting, to_greet
from composer.services.dictionary import MOST_COMPANY_WORDS, add_company_word, remove_company_word
from composer.services.drafts import keep_draft
from composer.services.reading import mark_read
from composer.services.reports import hand_over, store_reports
from composer.services.sending import AgentSending, Outgoing, send_message
from composer.services.switches import clear_feature_switch, switch_feature
from composer.services.words import MOST_WORDS, add_word, remove_word
from composer.usage import SentFigures, record_composer_event, record_message_sent

__all__ = [
    "MOST_COMPANY_WORDS",
    "MOST_WORDS",
    "AgentSending",
    "Outgoing",
    "SentFigures",
    "add_company_word",
    "add_word",
    "cancel_greeting",
    "clear_feature_switch",
    "hand_over",
    "keep_draft",
    "mark_read",
    "record_composer_event",
    "record_message_sent",
    "remove_company_word",
    "remove_word",
    "send_greeting",
    "send_message",
    "start_greeting",
    "store_reports",
    "switch_feature",
    "to_greet",
]
