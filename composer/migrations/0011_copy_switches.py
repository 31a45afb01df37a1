"""Feature switches and what suggestions learn from become values of the settings store."""

from django.db import migrations

BATCH = 500
FROM_TRANSCRIPTS = "suggestions.from_transcripts"
ENVIRONMENTS = ("sandbox", "production")
NAMES = {
    "suggestions_while_typing": "autocompose.suggestions_while_typing",
    "phrase_completions": "autocompose.phrase_completions",
    "spellcheck": "autocompose.spellcheck",
    "autopilot_greetings": "autocompose.autopilot_greetings",
    "autocompose": "autocompose.enabled",
}


def copy(apps, _schema_editor):
    values = apps.get_model("configuration", "SettingValue")
    rows = [
        values(
            company_id=row.company_id,
            # An agent's switch is in the agent's environment, whatever the row says.
            environment=row.agent.environment if row.agent else row.environment,
            queue_id=row.queue_id,
            agent_id=row.agent_id,
            name=NAMES[row.feature],
            value=row.enabled,
        )
        for row in apps.get_model("composer", "FeatureSwitch").objects.filter(feature__in=NAMES).select_related("agent")
    ]
    rows += [
        values(
            company_id=row.company_id, environment=row.environment, name=FROM_TRANSCRIPTS, value=row.from_transcripts
        )
        for row in apps.get_model("composer", "LearningSettings").objects.all()
    ]
    values.objects.bulk_create(rows, batch_size=BATCH, ignore_conflicts=True)


def copy_back(apps, _schema_editor):
    """Fill the tables again. The tables had no value for both environments: it becomes one for each."""
    values = apps.get_model("configuration", "SettingValue").objects
    features = {name: feature for feature, name in NAMES.items()}
    switches = apps.get_model("composer", "FeatureSwitch").objects
    learning = apps.get_model("composer", "LearningSettings").objects
    for row in values.filter(name__in=[*features, FROM_TRANSCRIPTS]).iterator():
        for environment in [row.environment] if row.environment else ENVIRONMENTS:
            _put_back(row, environment, features, switches, learning)
    values.filter(name__in=[*features, FROM_TRANSCRIPTS]).delete()


def _put_back(row, environment, features, switches, learning):
    narrower = type(row).objects.filter(
        company_id=row.company_id, environment=environment, queue=None, agent=None, name=row.name
    )
    if row.environment is None and narrower.exists():
        return
    if row.name == FROM_TRANSCRIPTS:
        learning.update_or_create(
            company_id=row.company_id, environment=environment, defaults={"from_transcripts": row.value}
        )
        return
    switches.update_or_create(
        company_id=row.company_id,
        environment=environment,
        queue_id=row.queue_id,
        agent_id=row.agent_id,
        feature=features[row.name],
        defaults={"enabled": row.value},
    )


class Migration(migrations.Migration):
    dependencies = [("composer", "0010_models_with_erased_conversations"), ("configuration", "0001_setting_values")]

    operations = [migrations.RunPython(copy, copy_back)]
