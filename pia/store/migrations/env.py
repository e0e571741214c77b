"""Alembic's entry: runs the revisions on the connection in the config's attributes. Batch mode,
because SQLite cannot alter a table in place.
"""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"], render_as_batch=True, transactional_ddl=True
)
with context.begin_transaction():
    context.run_migrations()
