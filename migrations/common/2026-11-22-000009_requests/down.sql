DROP TABLE destinations;
DROP TABLE derogations;
DROP TABLE requests;
