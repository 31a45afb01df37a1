"""Copy the events of conversations to the event log of their company."""

from collections import defaultdict

from django.db import migrations

BATCH = 2000
COLUMNS = (
    "id, company_id, environment, type, conversation_id, sequence, message_id, actor_kind, actor_id, agent_id,"
    " to_agent_id, from_queue_id, to_queue_id, payload, payload_version, occurred_at"
)


def copy(apps, schema_editor):
    """Copy them in one statement. Events that are there already stay: the migration may run again."""
    empty = "'{}'::jsonb" if schema_editor.connection.vendor == "postgresql" else "'{}'"
    schema_editor.execute(
        f"INSERT INTO accounts_event ({COLUMNS})"  # noqa: S608
        " SELECT event.id, event.company_id, conversation.environment, event.type, event.conversation_id,"
        " event.sequence, coalesce(event.message_id, ''), event.actor_kind, event.actor_id, event.agent_id,"
        f" event.to_agent_id, event.from_queue_id, event.to_queue_id, {empty}, 1, event.occurred_at"
        " FROM conversations_event AS event"
        " JOIN conversations_conversation AS conversation ON conversation.id = event.conversation_id"
        " WHERE NOT EXISTS (SELECT 1 FROM accounts_event AS known WHERE known.id = event.id)",
        params=None,
    )
    name_agents_who_joined(apps)


def name_agents_who_joined(apps):
    """Add what events hold from now on: who joined, and the name that customers saw.

    Older events name nobody. The nth of a conversation's joins belongs to its nth agent.
    """
    event_model = apps.get_model("accounts", "Event")
    joins = event_model.objects.filter(type="conversation.agent_joined", payload={})
    ids = sorted(set(joins.values_list("conversation_id", flat=True)))
    for start in range(0, len(ids), BATCH):
        batch = ids[start : start + BATCH]
        people = agents_by_conversation(apps, batch)
        changed = []
        counts = defaultdict(int)
        for event in joins.filter(conversation_id__in=batch).order_by("conversation_id", "sequence"):
            own, number = people[event.conversation_id], counts[event.conversation_id]
            counts[event.conversation_id] += 1
            if number < len(own):
                event.agent_id, name = own[number]
                event.payload = {"name": name}
                changed.append(event)
        event_model.objects.bulk_update(changed, ["agent", "payload"], batch_size=500)


def agents_by_conversation(apps, conversation_ids):
    """Return id and name of the agents of each conversation, in the order in which they joined."""
    rows = apps.get_model("conversations", "Participant").objects.filter(
        conversation__in=conversation_ids, role="agent", agent__isnull=False
    )
    found = defaultdict(list)
    for row in rows.select_related("agent__user").order_by("pk"):
        user = row.agent.user
        whole = (user.full_name.strip() or user.username) if user is not None else row.name or row.agent.name
        found[row.conversation_id].append((row.agent_id, (whole.split() or [""])[0]))
    return found


def copy_back(_, schema_editor):
    """Copy the events of conversations back. Events of agents and queues have no place there and are dropped."""
    columns = COLUMNS.replace("environment, ", "").replace("payload, payload_version, ", "")
    values = columns.replace("message_id", "nullif(message_id, '')")
    schema_editor.execute(
        f"INSERT INTO conversations_event ({columns}) SELECT {values} FROM accounts_event"  # noqa: S608
        " WHERE conversation_id IS NOT NULL"
        " AND NOT EXISTS (SELECT 1 FROM conversations_event AS known WHERE known.id = accounts_event.id)",
        params=None,
    )
    schema_editor.execute("DELETE FROM accounts_event", params=None)


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_event_log"),
        ("conversations", "0007_automatic_messages"),
    ]

    operations = [migrations.RunPython(copy, copy_back)]
