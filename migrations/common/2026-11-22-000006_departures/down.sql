DROP INDEX units_existing_group;
DROP INDEX units_attached_to;
DROP TABLE awaited;
DROP TABLE erasures;
DROP TABLE departed;
