// Adds streams to dynalite, in its process: every change of an item of a table
// that has a stream reaches LevelDB in one batch with its stream record, so
// that both are on disk or neither is, whenever this process is killed.
//
// Records have their numbers in the order in which they are written, and one
// batch is written after the other: who has read up to a number has missed
// nothing below it. Those of one item are in the order of its changes, because
// dynalite's writers hold the item's lock until they are written.

// streamLabel is the end of every stream's ARN, and the same for ever, as
// templates have it (local/assembly); AWS's is the time when it was enabled.
const streamLabel = '2026-01-01T00:00:00.000'

// firstSequence has the 21 digits that AWS's numbers have at least. All have as
// many, so that they are in the same order as texts and as numbers.
const firstSequence = 10n ** 20n

const streamTypes = {
  type: 'FieldStruct<StreamSpecification>',
  children: {
    StreamEnabled: { type: 'Boolean', notNull: true },
    StreamViewType: { type: 'String', enum: ['NEW_IMAGE', 'OLD_IMAGE', 'NEW_AND_OLD_IMAGES', 'KEYS_ONLY'] },
  },
}

// streams gives the operations by name, and write, which writes to LevelDB as
// store.db.batch does, with the records of what it changes. From then on the
// store's items are written by it.
async function streams (module, store) {
  const db = require(`${module}/db`)
  const validations = require(`${module}/validations`)
  const enabled = new Map() // the tables that have a stream now, by name
  const follow = (table) => {
    const { StreamSpecification: stream } = table
    if (stream && stream.StreamEnabled) enabled.set(table.TableName, { view: stream.StreamViewType, keys: table.KeySchema.map((k) => k.AttributeName) })
    else enabled.delete(table.TableName)
  }
  for await (const table of store.db.values({ gte: 'table~', lt: 'table\x7f' })) follow(table)
  const log = await streamLog(store)

  // write writes a batch whose items' locks are held. by is who made the
  // changes, or nothing for a caller.
  async function write (batch, by) {
    const changes = []
    for (const { type, key, value } of batch) {
      const [, table, item] = key.match(/^item-([^~]+)~(.*)$/s) || []
      const stream = enabled.get(table)
      if (!stream) continue
      const record = streamRecord(db, stream, await store.db.get(key), type === 'put' ? value : undefined, by)
      if (record) changes.push({ table, item, record })
    }
    await (changes.length === 0 ? store.db.batch(batch) : log.append(batch, changes))
  }

  const { getItemDb } = store
  const observed = (by) => (table) => {
    const items = getItemDb(table)
    if (!enabled.has(table)) return items
    const written = (operation, done) => { write([operation], by).then(() => setImmediate(done), (err) => setImmediate(done, err)) }
    return {
      ...items,
      put: (key, value, done) => written({ type: 'put', key: `item-${table}~${key}`, value }, done),
      del: (key, done) => written({ type: 'del', key: `item-${table}~${key}` }, done),
    }
  }
  store.getItemDb = observed()

  // What deletes an item whose time to live is over (AWS: "DynamoDB Streams and
  // Time to Live").
  const expiring = { ...store, getItemDb: observed({ type: 'Service', principalId: 'dynamodb.amazonaws.com' }) }

  // perform does an operation as dynalite does, with the store.
  async function perform (name, request, store) {
    const { types, custom } = require(`${module}/validations/${name}`)
    const data = validations.checkTypes(request, types)
    validations.checkValidations(data, types, custom, store)
    return called((done) => require(`${module}/actions/${name}`)(store, data, done))
  }

  const expireItem = (request) => perform('deleteItem', request, expiring)

  async function createTable (request) {
    const stream = wanted(request)
    const out = await perform('createTable', request, !stream ? store : {
      ...store,
      tableDb: { ...store.tableDb, put: (name, table, done) => store.tableDb.put(name, withStream(table, stream), done) },
    })
    follow(out.TableDescription)
    return out
  }

  async function updateTable (request) {
    const stream = wanted(request)
    if (!stream) return perform('updateTable', request, store)
    const { TableName, StreamSpecification, ...rest } = request
    if (Object.keys(rest).length > 0) throw db.validationError(`local mode changes a StreamSpecification by itself: ask for ${Object.keys(rest).join(', ')} in another UpdateTable`)
    const release = await new Promise((resolve) => store.tableDb.lock(TableName, resolve))
    try {
      const table = await called((done) => store.getTable(TableName, false, done))
      if (table.TableStatus !== 'ACTIVE') {
        throw failure('com.amazonaws.dynamodb.v20120810#ResourceInUseException', `Attempt to change a resource which is still in use: Table is being ${table.TableStatus.toLowerCase().replace(/ing$/, 'ed')}: ${TableName}`)
      }
      if (stream.StreamEnabled && table.StreamSpecification) throw db.validationError(`Table already has an enabled stream: TableName: ${TableName}`)
      if (!stream.StreamEnabled && !table.StreamSpecification) throw db.validationError(`Table has no stream to disable: TableName: ${TableName}`)
      withStream(table, stream)
      await called((done) => store.tableDb.put(TableName, table, done))
      follow(table)
      return { TableDescription: table }
    } finally {
      release()()
    }
  }

  // wanted is the StreamSpecification of a request, or nothing.
  function wanted (request) {
    const { StreamSpecification: stream } = validations.checkTypes({ StreamSpecification: request.StreamSpecification }, { StreamSpecification: streamTypes })
    if (!stream) return undefined
    validations.checkValidations({ StreamSpecification: stream }, { StreamSpecification: streamTypes })
    if (stream.StreamEnabled && !stream.StreamViewType) throw db.validationError('If stream is being enabled then UpdateViewType is required')
    return stream
  }

  // withStream puts what DescribeTable says of a stream into a table.
  function withStream (table, stream) {
    delete table.StreamSpecification
    if (stream.StreamEnabled) {
      const { awsRegion, awsAccountId } = store.tableDb
      table.StreamSpecification = stream
      table.LatestStreamLabel = streamLabel
      table.LatestStreamArn = `arn:aws:dynamodb:${awsRegion}:${awsAccountId}:table/${table.TableName}/stream/${streamLabel}`
    }
    return table
  }

  return {
    write,
    operations: {
      CreateTable: createTable, UpdateTable: updateTable,
      // Local mode's own: stream.go and expiry.go call them.
      ExpireItem: expireItem, ReadStream: log.read, EndOfStreams: log.end, TrimStreams: log.trim,
    },
  }
}

// streamRecord is the record of a change, as Lambda gets it, without what
// depends on where it is written. It is nothing where nothing changed (AWS:
// "Change data capture for DynamoDB Streams").
function streamRecord (db, { view, keys }, before, after, by) {
  if (!before && !after) return undefined
  if (before && after && sorted(before) === sorted(after)) return undefined
  const Keys = Object.fromEntries(keys.map((name) => [name, (after || before)[name]]))
  const images = { Keys }
  if (after && (view === 'NEW_IMAGE' || view === 'NEW_AND_OLD_IMAGES')) images.NewImage = after
  if (before && (view === 'OLD_IMAGE' || view === 'NEW_AND_OLD_IMAGES')) images.OldImage = before
  // dynalite counts a text's characters, and DynamoDB its bytes in UTF-8.
  const size = (item) => db.itemSize(JSON.parse(Buffer.from(JSON.stringify(item)).toString('latin1')))
  return {
    eventID: require('crypto').randomBytes(16).toString('hex'),
    eventName: !before ? 'INSERT' : !after ? 'REMOVE' : 'MODIFY',
    eventVersion: '1.1',
    eventSource: 'aws:dynamodb',
    ...(by && { userIdentity: by }),
    dynamodb: {
      ...images,
      SizeBytes: Object.values(images).reduce((sum, item) => sum + size(item), 0),
      StreamViewType: view,
    },
  }
}

// sorted is equal for equal items: the members of maps and sets have no order.
function sorted (item) {
  return JSON.stringify(item, (name, value) => {
    if (Array.isArray(value)) return ['SS', 'NS', 'BS'].includes(name) ? [...value].sort() : value
    return value && typeof value === 'object' ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1)) : value
  })
}

// streamLog keeps the records of all streams, which share their numbers.
async function streamLog (store) {
  const last = 'stream-last' // the key of the number that was written last
  const prefix = (table) => `stream~${table}~`
  let written = await store.db.get(last) || String(firstSequence)
  let waiting = [] // to be written
  let writing = false
  const readers = new Set() // called when something has been written

  // append writes a batch with the records of its changes.
  function append (batch, changes) {
    return new Promise((resolve, reject) => {
      waiting.push({ batch, changes, resolve, reject })
      if (!writing) drain()
    })
  }

  // drain writes what is waiting, all of it together, until nothing is.
  async function drain () {
    writing = true
    while (waiting.length > 0) {
      const group = waiting
      waiting = []
      let sequence = BigInt(written)
      const at = Date.now()
      const batch = group.flatMap(({ batch, changes }) => batch.concat(changes.map(({ table, item, record }) => {
        const key = prefix(table) + String(++sequence)
        return { type: 'put', key, value: { at, item, record } }
      })))
      batch.push({ type: 'put', key: last, value: String(sequence) })
      try {
        await store.db.batch(batch)
        written = String(sequence)
        for (const { resolve } of group) resolve()
        for (const wake of readers) wake()
      } catch (err) {
        for (const { reject } of group) reject(err)
      }
    }
    writing = false
  }

  // read gives a table's records after a number. With Wait it waits until
  // there is one, or until the signal is aborted. Source has what records say
  // of where they come from.
  async function read ({ TableName, After, Limit, Wait, Source }, signal) {
    for (;;) {
      const seen = written
      const Records = []
      let bytes = 0
      const range = { gt: prefix(TableName) + (After || ''), lt: prefix(TableName) + '\x7f', limit: Limit }
      for await (const [key, { at, item, record }] of store.db.iterator(range)) {
        const SequenceNumber = key.slice(prefix(TableName).length)
        const { eventID, eventName, eventVersion, eventSource, dynamodb, ...more } = record
        bytes += dynamodb.SizeBytes
        if (Records.length > 0 && bytes > maxReadBytes) break
        Records.push({
          SequenceNumber, Created: at, Key: item,
          Record: {
            eventID, eventName, eventVersion, eventSource, ...more, ...Source,
            dynamodb: { ApproximateCreationDateTime: Math.floor(at / 1000), ...dynamodb, SequenceNumber },
          },
        })
      }
      if (Records.length > 0 || !Wait || signal.aborted) return { Records }
      if (seen === written) await next(signal)
    }
  }

  // next is fulfilled when something has been written, or the signal aborted.
  function next (signal) {
    return new Promise((resolve) => {
      const wake = () => {
        readers.delete(wake)
        signal.removeEventListener('abort', wake)
        resolve()
      }
      readers.add(wake)
      signal.addEventListener('abort', wake)
    })
  }

  // end gives the number that was written last.
  const end = async () => ({ SequenceNumber: written })

  // trim deletes the records that were written before a time, in milliseconds.
  async function trim ({ Before }) {
    const batch = []
    for (let from = 'stream~'; ;) {
      const [first] = await store.db.keys({ gte: from, lt: 'stream\x7f', limit: 1 }).all()
      if (!first) break
      const table = first.slice(0, first.lastIndexOf('~') + 1)
      for await (const [key, { at }] of store.db.iterator({ gte: table, lt: table + '\x7f' })) {
        if (at >= Before) break
        batch.push({ type: 'del', key })
      }
      from = table + '\x7f'
    }
    if (batch.length > 0) await store.db.batch(batch)
    return { Trimmed: batch.length }
  }

  return { append, read, end, trim }
}

// maxReadBytes is what one GetRecords gives at most.
const maxReadBytes = 1024 * 1024
