DROP TABLE words_read;
DROP TABLE words;
