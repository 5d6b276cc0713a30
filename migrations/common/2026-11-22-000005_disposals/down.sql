DROP TABLE consents;
DROP TABLE disposals;
