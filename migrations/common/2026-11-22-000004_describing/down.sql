DROP TABLE amended_units;
DROP TABLE amendments;
DROP TABLE hold_units;
DROP TABLE holds;
