cqlsh -e "INSERT INTO test_keyspace.test_table (id, name) VALUES (2, 'by the .sh file')"
