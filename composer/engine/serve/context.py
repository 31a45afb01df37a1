"""One conversation, read: its turns, values and vector, and the texts of candidates in it.

Candidates have one number each in a session, the row: rows of the candidate index come first, the candidates of each
source outside of the index follow in ranges (`serve.sources`).
"""

from __future__ import annotations

import numpy as np

from composer.engine.serve import stages
from composer.engine.serve.candidates import EXCLUDED
from composer.engine.serve.first_stage import StageScores
from composer.engine.serve.state import EngineState
from composer.engine.store.bags import Floats
from composer.engine.templates import fill
from composer.engine.text.features import AnalysedTurn
from composer.engine.text.templates import Values
from composer.engine.text.tokens import fold
from composer.engine.types import SuggestionContext

_DAY_PARTS = ("morning", "afternoon", "evening")
# Of learned responses while the company's switch is off.
_SWITCHED_OFF = -1e6


class PreparedContext:
    """A suggestion context as the engine reads it."""

    def __init__(self, engine: EngineState, context: SuggestionContext) -> None:
        model, self.engine, self.context = engine.model, engine, context
        self._names = context.customer_name, context.agent_name
        self._max_turn_length = engine.settings.session.max_turn_length
        self.turns = [self._analysed(turn.role, turn.text) for turn in stages.relevant_turns(context.turns)]
        company = {fold(context.company), fold(context.company_name)}
        self.values = Values.of(self.turns, *self._names, model.slot_values, company)
        self.vector = model.context_vector(self.turns, context.queue, context.agent)
        # Whether the customer has said what they want.
        self.asks = any(turn.role == "customer" and stages.says_something(turn.text) for turn in self.turns)
        lexical = engine.index.lexical
        self.query_terms = lexical.query_terms(self.turns) if lexical is not None else {}
        self.history = engine.agent_history.of(context.recent, context.agent_name)
        # Learned templates that the agent has used at least twice.
        self._agent_templates, _ = model.templates_of_agent(context.agent)
        self.agent_templates = frozenset(self._agent_templates.tolist())
        self._texts: dict[int, str | None] = {}
        # Scores of the rows of the index in log units, once `score` has run.
        self.scores: Floats = np.zeros(0, np.float32)

    def _analysed(self, role: str, text: str) -> AnalysedTurn:
        return self.engine.model.analyse(role, text[: self._max_turn_length], *self._names)

    def score(self) -> tuple[StageScores, Floats | None]:
        """Score all candidates of the index. Return the first stage's scores and the lexical scores.

        Neither is kept here: a session would hold four numbers for each candidate instead of one.
        """
        engine, index = self.engine, self.engine.index
        stage = engine.first_stage.score(self.vector, self.context.agent)
        lexical = engine.first_stage.lexical_scores(self.query_terms)
        self.scores = scores = stage.total
        if lexical is not None:
            scores += np.float32(engine.first_stage.typed_share) * lexical
        scores[self.history.rows] += self.history.gains
        if not engine.settings.transcripts:
            # What the agent says often is the agent's own, whatever the company's switch says.
            own = scores[index.list_size + self._agent_templates]
            scores[index.list_size :] = _SWITCHED_OFF
            scores[index.list_size + self._agent_templates] = own
        filtered = index.filtered_out(self.context.metadata)
        if filtered is not None:
            scores[: index.list_size][filtered] = EXCLUDED
        return stage, lexical

    def agent_messages(self) -> list[AnalysedTurn]:
        """Return the agent's analysed messages, automatic ones and greetings among them."""
        return [self._analysed("agent", turn.text) for turn in self.context.turns if turn.role == "agent"]

    def text(self, row: int) -> str | None:
        """Return an indexed candidate's text in this conversation, None when a value for it is missing."""
        template = self.engine.template(row)
        if template.plain:
            return template.text
        texts = self._texts
        if row in texts:
            return texts[row]
        index = self.engine.index
        text = template.filled(self.values)
        if text is None and row < index.list_size and template.has_numbers_alone:
            # The company's own numbers, where nobody has said others that fit.
            text = index.texts[row]
        if text is not None and row < index.list_size:
            text = fill(text, self.context.inserts)
        if text is not None and "ood" in text and self.is_wrong_time(text):
            text = None
        texts[row] = text
        return text

    def is_wrong_time(self, text: str) -> bool:
        """Return whether the text wishes a good morning, afternoon or evening at another part of the day."""
        part = self.context.day_part
        if not part:
            return False
        folded = text.casefold()
        return any(f"good {other}" in folded for other in _DAY_PARTS if other != part)
