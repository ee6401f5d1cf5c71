-- Places that a merge or a split brought to another finding, by the key that they were seen under: only they are there.
CREATE INDEX instance_source ON instance (source_key, id) WHERE source_key IS NOT NULL;
