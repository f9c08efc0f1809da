-- Run once, on an empty volume. The server itself makes the database of decisions (POSTGRES_DB).
CREATE DATABASE drift;
