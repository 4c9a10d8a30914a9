// Adds TransactWriteItems and TransactGetItems to dynalite, in its process.
// Its own code validates and evaluates each operation, and all that they write
// reaches LevelDB in one batch: a transaction is on disk whole or not at all,
// whenever this process is killed.
//
// Isolation is AWS's (Developer Guide, "Isolation levels for DynamoDB
// transactions"): serializable with single reads and writes and with other
// transactions, because a transaction holds its items' locks, which dynalite's
// writers take too; read-committed for Query, Scan and the batches.
// Transactions run one after the other, so none is cancelled for a
// TransactionConflict, which AWS may do when two meet.

// tokenLifetime is how long a ClientRequestToken is known, in milliseconds.
const tokenLifetime = 10 * 60 * 1000
const maxTransactionBytes = 4 * 1024 * 1024

// transactions gives the operations by name: each takes a request and promises
// the answer. write writes a batch (dynalite_streams.js).
function transactions (module, store, write) {
  const db = require(`${module}/db`)
  const validations = require(`${module}/validations`)
  const kinds = transactionKinds(module)
  const tokens = clientRequestTokens(store)
  const writeTypes = requestTypes('TransactWriteItem', {
    ConditionCheck: kinds.ConditionCheck.member, Put: kinds.Put.member, Delete: kinds.Delete.member, Update: kinds.Update.member,
  })
  writeTypes.ClientRequestToken = { type: 'String', lengthGreaterThanOrEqual: 1, lengthLessThanOrEqual: 36 }
  const getTypes = requestTypes('TransactGetItem', { Get: { ...kinds.Get.member, notNull: true } })

  let last = Promise.resolve()
  const inTurn = (run) => {
    const result = last.then(run)
    last = result.catch(() => {}) // whoever asked for it is told
    return result
  }

  async function transactWriteItems (request) {
    const data = checked(request, writeTypes)
    const operations = await read(data)
    return inTurn(() => locked(operations, async () => {
      if (await tokens.used(data)) return {}
      const batch = []
      const results = await perform(operations, (kind) => kind === 'ConditionCheck' ? [] : batch)
      const bytes = operations.reduce((sum, o) => sum + db.itemSize(o.request.Item || o.request.Key), 0)
      // AWS documents the limit, not its message.
      if (bytes > maxTransactionBytes) throw db.validationError('The aggregate size of the items in the transaction cannot exceed 4 MB')
      await write(batch.concat(await tokens.use(data)))
      return { ConsumedCapacity: consumed(results, 'WriteCapacityUnits') }
    }))
  }

  async function transactGetItems (request) {
    const operations = await read(checked(request, getTypes))
    return inTurn(() => locked(operations, async () => {
      const results = await perform(operations, () => [])
      const bytes = results.reduce((sum, { Item }) => sum + db.itemSize(Item || {}), 0)
      if (bytes > maxTransactionBytes) throw db.validationError('The aggregate size of the items in the transaction cannot exceed 4 MB')
      return { Responses: results.map(({ Item }) => ({ Item })), ConsumedCapacity: consumed(results, 'ReadCapacityUnits') }
    }))
  }

  function checked (request, types) {
    const data = validations.checkTypes(request, types)
    validations.checkValidations(data, types)
    return data
  }

  // read gives a request's operations: each with its kind, its request as the
  // operation alone would have it, its table, and the key of its item, or none
  // where that does not fit the table, which the operation itself will find.
  async function read (data) {
    const operations = data.TransactItems.map((item) => {
      const [kind, another] = Object.keys(item)
      if (!kind) throw db.validationError('Invalid Request: TransactWriteRequest should contain Delete or Put or Update request')
      if (another) throw db.validationError('TransactItems can only contain one of Check, Put, Update or Delete')
      const { types, custom } = kinds[kind].validation
      const request = validations.checkTypes({ ...item[kind], ReturnConsumedCapacity: data.ReturnConsumedCapacity }, types)
      validations.checkValidations(request, types, custom, store)
      return { kind, request, givesFailed: item[kind].ReturnValuesOnConditionCheckFailure === 'ALL_OLD' }
    })
    const items = new Set()
    for (const o of operations) {
      o.table = await called((done) => store.getTable(o.request.TableName, done))
      const invalid = o.kind === 'Put' ? db.validateItem(o.request.Item, o.table) : db.validateKey(o.request.Key, o.table)
      if (invalid) continue
      o.key = db.createKey(o.request.Item || o.request.Key, o.table)
      const item = `${o.request.TableName} ${o.key}`
      if (items.has(item)) throw db.validationError('Transaction request cannot include multiple operations on one item')
      items.add(item)
    }
    return operations
  }

  // locked runs with the locks of the operations' items. dynalite's writers
  // hold one lock each, and transactions take turns, so nobody waits for ever.
  async function locked (operations, run) {
    const releases = []
    try {
      for (const { request, key } of operations) {
        if (key === undefined) continue
        const release = await new Promise((resolve) => store.getItemDb(request.TableName).lock(key, resolve))
        releases.push(release())
      }
      return await run()
    } finally {
      for (const release of releases) release()
    }
  }

  // perform runs the operations, each with the batch that its writes go to,
  // and gives their answers. If one fails, the transaction is cancelled for
  // the reasons of all.
  async function perform (operations, batchFor) {
    const results = []
    const reasons = []
    for (const o of operations) {
      try {
        results.push(await called((done) => kinds[o.kind].action(unwritten(store, batchFor(o.kind)), o.request, done)))
        reasons.push({ Code: 'None' })
      } catch (err) {
        reasons.push(await reason(o, err))
      }
    }
    if (results.length < operations.length) throw cancelled(reasons)
    return results
  }

  async function reason (o, err) {
    const type = err.body ? err.body.__type : ''
    if (type.endsWith('#ValidationException')) return { Code: 'ValidationError', Message: err.body.message }
    if (!type.endsWith('#ConditionalCheckFailedException')) throw err
    const Item = o.givesFailed ? await called((done) => store.getItemDb(o.request.TableName).get(o.key, done)) : undefined
    return { Code: 'ConditionalCheckFailed', Message: err.body.message, Item }
  }

  return { TransactWriteItems: transactWriteItems, TransactGetItems: transactGetItems }
}

// transactionKinds are the kinds of operation: each with its members in a
// transaction, which are some of those that it has alone, and with dynalite's
// validation and action. A ConditionCheck is a Delete whose writes go nowhere.
function transactionKinds (module) {
  const kind = (operation, members, required) => {
    const validation = require(`${module}/validations/${operation}`)
    const children = { ReturnValuesOnConditionCheckFailure: { type: 'String', enum: ['ALL_OLD', 'NONE'] } }
    for (const name of members) children[name] = validation.types[name]
    if (required) children[required] = { ...children[required], notNull: true }
    return { member: { type: 'FieldStruct<Operation>', children }, validation, action: require(`${module}/actions/${operation}`) }
  }
  const members = ['TableName', 'Key', 'ConditionExpression', 'ExpressionAttributeNames', 'ExpressionAttributeValues']
  return {
    ConditionCheck: kind('deleteItem', members, 'ConditionExpression'),
    Put: kind('putItem', members.map((name) => name === 'Key' ? 'Item' : name)),
    Delete: kind('deleteItem', members),
    Update: kind('updateItem', [...members, 'UpdateExpression'], 'UpdateExpression'),
    Get: kind('getItem', ['TableName', 'Key', 'ProjectionExpression', 'ExpressionAttributeNames']),
  }
}

// requestTypes are the types of a transaction's request, as dynalite has those
// of other requests.
function requestTypes (name, children) {
  return {
    ReturnConsumedCapacity: { type: 'String', enum: ['INDEXES', 'TOTAL', 'NONE'] },
    ReturnItemCollectionMetrics: { type: 'String', enum: ['SIZE', 'NONE'] },
    TransactItems: {
      type: 'List', notNull: true, lengthGreaterThanOrEqual: 1, lengthLessThanOrEqual: 100,
      children: { type: `ValueStruct<${name}>`, children },
    },
  }
}

// unwritten is the store for one operation of a transaction: it reads what is
// there, and puts what would be written into the batch, under the names that
// dynalite's own databases have in LevelDB. The locks are the transaction's.
function unwritten (store, batch) {
  const within = (name, database) => ({
    get: database.get,
    put: (key, value, done) => { batch.push({ type: 'put', key: `${name}~${key}`, value }); setImmediate(done) },
    del: (key, done) => { batch.push({ type: 'del', key: `${name}~${key}` }); setImmediate(done) },
    lock: (key, run) => run((done) => done),
  })
  return {
    options: store.options,
    getTable: store.getTable,
    getItemDb: (table) => within(`item-${table}`, store.getItemDb(table)),
    getIndexDb: (type, table, index) =>
      within(`index-${type.toLowerCase()}~${table}~${index}`, store.getIndexDb(type, table, index)),
  }
}

// clientRequestTokens remembers the tokens of the transactions that were made.
// They are written together with what the transaction writes, so that a client
// who lost the answer because this process was killed may ask again.
function clientRequestTokens (store) {
  const prefix = 'transaction~'
  let swept = 0

  // used says whether the transaction has been made.
  async function used (data) {
    if (data.ClientRequestToken === undefined) return false
    const made = await called((done) => store.db.get(prefix + data.ClientRequestToken, done))
    if (!made || made.at + tokenLifetime <= Date.now()) return false
    if (made.request === fingerprint(data)) return true
    throw failure('com.amazonaws.dynamodb.v20120810#IdempotentParameterMismatchException',
      'The request uses the same client token as a previous, but non-identical request.')
  }

  // use gives what to write with the transaction: its token, and the end of
  // those that are too old.
  async function use (data) {
    if (data.ClientRequestToken === undefined) return []
    const now = Date.now()
    const writes = []
    if (swept + tokenLifetime <= now) {
      for await (const [key, { at }] of store.db.iterator({ gte: prefix, lt: 'transaction\x7f' })) {
        if (at + tokenLifetime <= now) writes.push({ type: 'del', key })
      }
      swept = now
    }
    writes.push({ type: 'put', key: prefix + data.ClientRequestToken, value: { at: now, request: fingerprint(data) } })
    return writes
  }

  return { used, use }
}

// fingerprint is equal for equal requests, however their objects are sorted:
// SDKs write maps in any order.
function fingerprint ({ ClientRequestToken, ...request }) {
  const sorted = (_, value) => value && typeof value === 'object' && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1))
    : value
  return require('crypto').createHash('sha256').update(JSON.stringify(request, sorted)).digest('hex')
}

// consumed is the capacity by table: twice that of the operations alone.
function consumed (results, kind) {
  const tables = new Map()
  for (const { ConsumedCapacity: used } of results) {
    if (!used) continue
    const sum = tables.get(used.TableName) || { TableName: used.TableName, CapacityUnits: 0, [kind]: 0 }
    sum[kind] = sum.CapacityUnits += 2 * used.CapacityUnits
    if (used.Table) sum.Table = { CapacityUnits: sum.CapacityUnits, [kind]: sum.CapacityUnits }
    tables.set(used.TableName, sum)
  }
  return tables.size > 0 ? [...tables.values()] : undefined
}

// cancelled is the failure of a transaction for its operations' reasons.
function cancelled (reasons) {
  const codes = reasons.map(({ Code }) => Code).join(', ')
  return failure('com.amazonaws.dynamodb.v20120810#TransactionCanceledException',
    `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`, { CancellationReasons: reasons })
}

// failure is an error as dynalite's own are. These have a capital Message.
function failure (type, message, more) {
  return Object.assign(new Error(message), { statusCode: 400, body: { __type: type, Message: message, ...more } })
}

// called promises what a function with a callback gives.
function called (run) {
  return new Promise((resolve, reject) => run((err, value) => err ? reject(err) : resolve(value)))
}
