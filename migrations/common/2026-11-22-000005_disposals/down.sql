DROP INDEX units_existing_group;
DROP INDEX units_attached;
DROP TABLE consents;
DROP TABLE disposals;
