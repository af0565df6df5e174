package protocol

import "encoding/binary"

// Prepared is the result of a PREPARE.
type Prepared struct {
	ID       []byte
	ResultID []byte // v5
	Binds    []Column
	// PartitionKey are the indexes of the binds that make up the partition key; v4 on.
	PartitionKey []uint16
	Result       Metadata
}

// AppendPrepared appends the body of a RESULT of kind Prepared.
func AppendPrepared(dst []byte, p *Prepared, version Version) []byte {
	dst = append(dst, 0, 0, 0, ResultPrepared)
	dst = AppendShortBytes(dst, p.ID)
	if version >= V5 {
		dst = AppendShortBytes(dst, p.ResultID)
	}
	global := sameTable(p.Binds)
	var flags uint32
	if global {
		flags |= metaGlobalTable
	}
	dst = binary.BigEndian.AppendUint32(dst, flags)
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(p.Binds)))
	if version >= V4 {
		dst = binary.BigEndian.AppendUint32(dst, uint32(len(p.PartitionKey)))
		for _, i := range p.PartitionKey {
			dst = binary.BigEndian.AppendUint16(dst, i)
		}
	}
	dst = appendColumns(dst, p.Binds, global)
	result := p.Result
	result.Skip = len(result.Columns) == 0
	return appendMetadata(dst, &result)
}

// ReadPrepared reads what follows the kind of a RESULT of kind Prepared.
func (r *Reader) ReadPrepared(version Version) Prepared {
	p := Prepared{ID: r.ShortBytes()}
	if version >= V5 {
		p.ResultID = r.ShortBytes()
	}
	flags := r.Int()
	n := int(r.Int())
	if version >= V4 {
		keys := int(r.Int())
		for range min(keys, r.Left()/2) {
			p.PartitionKey = append(p.PartitionKey, r.Short())
		}
	}
	p.Binds = r.columns(n, flags&metaGlobalTable != 0)
	p.Result = r.Metadata()
	return p
}
