package aws

// ShardID is that of the one shard that every stream has here, for who tells where
// a record is.
const ShardID = shardID
