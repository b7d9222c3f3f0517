"""A buyer's signer says what was paid to the supplier itself; whether a paper is true is another question."""

from django.db import migrations, models

BODY = """
CREATE OR REPLACE FUNCTION orders_confirmed_by_word() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT word FROM orders_signerword WHERE document_id = NEW.id{but} ORDER BY id DESC LIMIT 1)
       IS DISTINCT FROM 'CONFIRMED' THEN
        RAISE EXCEPTION 'a document is confirmed by a registered signer only' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0005_last_word_counts'),
        ('parties', '0004_payees_verified_by_two'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='signerword',
            name='word_of_dispute_says_why',
        ),
        migrations.AddField(
            model_name='signerword',
            name='amount_minor',
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='signerword',
            name='currency',
            field=models.CharField(blank=True, db_default='', default='', max_length=3),
        ),
        migrations.AlterField(
            model_name='signerword',
            name='word',
            field=models.CharField(choices=[('CONFIRMED', 'confirmed'), ('DISPUTED', 'disputed'), ('PAID', 'paid')], max_length=10),
        ),
        migrations.AddIndex(
            model_name='signerword',
            index=models.Index(condition=models.Q(('word', 'PAID')), fields=['document', '-id'], name='word_of_payment'),
        ),
        migrations.AddConstraint(
            model_name='signerword',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('word', 'DISPUTED'), _negated=True), models.Q(('note', ''), _negated=True), _connector='OR'), name='word_of_dispute_says_why'),
        ),
        migrations.AddConstraint(
            model_name='signerword',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('amount_minor__gte', 0), ('word', 'PAID'), models.Q(('currency', ''), _negated=True)), models.Q(models.Q(('word', 'PAID'), _negated=True), ('amount_minor', None), ('currency', '')), _connector='OR'), name='word_of_payment_says_how_much'),
        ),
        migrations.RunSQL(BODY.format(but=" AND word <> 'PAID'"), BODY.format(but="")),
    ]
