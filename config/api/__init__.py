"""The ground every HTTP edge stands on: how a request is read, how an answer sounds.

reading     read(), read_query(), id_or(): a body, a query string, an id in a path become checked
            values, or a refusal
strict      the shapes that read() checks and the schema shows; fields, texts: their values;
            strict_field: what all of these have in common
bodies      the bytes of a request; parsing: bytes into JSON with one reading only
paging      lists by page and by cursor
refusals    what HTTP itself may decline; catalogue: every code there is
problems    every refusal and error as application/problem+json; handlers: Django's own
answers     what a view says about its answers; schema, schema_marks: OpenAPI 3.0.3 made of it
rendering   values into compact JSON
retries     the outermost transaction again after a deadlock or a lock wait
middleware  request ids, readable paths
addresses   from which address a request comes, through the proxies we trust
counted     endpoints that take so many requests in a minute, and say what is left
"""
