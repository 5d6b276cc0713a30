DROP TABLE beneath;
DROP TABLE changed_rules;
DROP TABLE stale;
DROP TABLE due;
