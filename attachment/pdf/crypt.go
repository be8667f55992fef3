package pdf

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/md5"
	"crypto/rc4"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
)

// key decrypts what the empty user password opens (7.6): viewers open such files without asking.
type key struct {
	key      []byte
	stringBy string // V2, AESV2, AESV3 or Identity
	streamBy string
}

// padding is what passwords are filled up with (7.6.4.3).
var padding = []byte(
	"\x28\xBF\x4E\x5E\x4E\x75\x8A\x41\x64\x00\x4E\x56\xFF\xFA\x01\x08" +
		"\x2E\x2E\x00\xB6\xD0\x68\x3E\x80\x2F\x0C\xA9\xFE\x64\x53\x69\x7A")

// decrypt sets the file's key, or notes that it needs a password.
func (f *file) decrypt() {
	var id []byte
	var e dict
	for _, t := range f.trailer {
		if d := f.dictOf(t["Encrypt"]); d != nil {
			e = d
		}
		if ids, _ := f.resolve(t["ID"]).(array); len(ids) > 0 {
			if s, ok := f.resolve(ids[0]).(text); ok {
				id = s
			}
		}
	}
	if e == nil {
		return
	}
	f.doc.Encrypted = true
	if filter, _ := f.resolve(e["Filter"]).(name); filter != "Standard" {
		return
	}
	if k := f.openKey(e, id); k != nil {
		f.key, f.doc.Encrypted, f.doc.Protected = k, false, true
	}
}

func (f *file) number(v any) int {
	n, _ := f.resolve(v).(float64)
	return int(int64(n))
}

// openKey returns the key for the empty user password; nil if it is not that.
func (f *file) openKey(e dict, id []byte) *key {
	version, revision := f.number(e["V"]), f.number(e["R"])
	owner, _ := f.resolve(e["O"]).(text)
	user, _ := f.resolve(e["U"]).(text)
	k := &key{stringBy: "V2", streamBy: "V2"}
	if version >= 4 {
		k.stringBy, k.streamBy = f.method(e, "StrF"), f.method(e, "StmF")
	}
	if version == 5 {
		ue, _ := f.resolve(e["UE"]).(text)
		k.key = fileKey5(user, ue, revision)
		if k.key == nil {
			return nil
		}
		return k
	}
	if len(owner) < 32 || len(user) < 16 {
		return nil
	}
	length := f.number(e["Length"]) / 8
	if version == 1 || length < 5 || length > 16 {
		length = 5
		if version >= 4 {
			length = 16
		}
	}
	permissions := binary.LittleEndian.AppendUint32(nil, uint32(f.number(e["P"])))
	sum := md5.New()
	sum.Write(padding)
	sum.Write(owner[:32])
	sum.Write(permissions)
	sum.Write(id)
	if clear, isBool := f.resolve(e["EncryptMetadata"]).(bool); revision >= 4 && isBool && !clear {
		sum.Write([]byte{0xff, 0xff, 0xff, 0xff})
	}
	k.key = sum.Sum(nil)
	if revision >= 3 {
		for range 50 {
			again := md5.Sum(k.key[:length])
			k.key = again[:]
		}
	}
	k.key = k.key[:length]
	if !bytes.HasPrefix(user, k.proof(id, revision)) {
		return nil
	}
	return k
}

// method returns the method that a crypt filter names.
func (f *file) method(e dict, which string) string {
	filter, _ := f.resolve(e[which]).(name)
	method, _ := f.resolve(f.dictOf(f.dictOf(e["CF"])[string(filter)])["CFM"]).(name)
	if filter == "Identity" || filter == "" || method == "None" {
		return "Identity"
	}
	return string(method)
}

// proof returns what the entry U begins with if the key is right (7.6.4.4).
func (k *key) proof(id []byte, revision int) []byte {
	if revision < 3 {
		return rc4By(k.key, padding)
	}
	sum := md5.New()
	sum.Write(padding)
	sum.Write(id)
	out := rc4By(k.key, sum.Sum(nil))
	for i := 1; i < 20; i++ {
		step := bytes.Clone(k.key)
		for j := range step {
			step[j] ^= byte(i)
		}
		out = rc4By(step, out)
	}
	return out
}

// fileKey5 returns the key of a file of version 5 (7.6.4.3.3); nil if the user password is not empty.
func fileKey5(user, ue []byte, revision int) []byte {
	if len(user) < 48 || len(ue) < 32 {
		return nil
	}
	hash := func(salt []byte) []byte {
		if revision >= 6 {
			return hash6(salt)
		}
		sum := sha256.Sum256(salt)
		return sum[:]
	}
	if !bytes.Equal(hash(user[32:40]), user[:32]) {
		return nil
	}
	block, err := aes.NewCipher(hash(user[40:48]))
	if err != nil {
		return nil
	}
	out := make([]byte, 32)
	cipher.NewCBCDecrypter(block, make([]byte, aes.BlockSize)).CryptBlocks(out, ue[:32])
	return out
}

// hash6 is algorithm 2.B of ISO 32000-2 for the empty password.
func hash6(salt []byte) []byte {
	first := sha256.Sum256(salt)
	k := first[:]
	for round := 0; round < 1000; round++ {
		k1 := bytes.Repeat(k, 64)
		block, err := aes.NewCipher(k[:16])
		if err != nil {
			return nil
		}
		cipher.NewCBCEncrypter(block, k[16:32]).CryptBlocks(k1, k1)
		mod := 0
		for _, c := range k1[:16] {
			mod += int(c)
		}
		switch mod % 3 {
		case 0:
			s := sha256.Sum256(k1)
			k = s[:]
		case 1:
			s := sha512.Sum384(k1)
			k = s[:]
		default:
			s := sha512.Sum512(k1)
			k = s[:]
		}
		if round >= 63 && int(k1[len(k1)-1]) <= round-31 {
			break
		}
	}
	return k[:32]
}

func rc4By(key, data []byte) []byte {
	out := make([]byte, len(data))
	if c, err := rc4.NewCipher(key); err == nil {
		c.XORKeyStream(out, data)
	}
	return out
}

// text decrypts a string of an object, stream its stream.
func (k *key) text(o *object, t text) []byte { return k.decrypt(o, t, k.stringBy) }

func (k *key) stream(o *object, d dict, data []byte) []byte {
	if t, _ := d["Type"].(name); t == "XRef" {
		return data
	}
	return k.decrypt(o, data, k.streamBy)
}

func (k *key) decrypt(o *object, data []byte, method string) []byte {
	switch method {
	case "V2":
		return rc4By(k.of(o, ""), data)
	case "AESV2":
		return unCBC(k.of(o, "sAlT"), data)
	case "AESV3":
		return unCBC(k.key, data)
	}
	return data
}

// of returns the key of one object (7.6.3.2).
func (k *key) of(o *object, salt string) []byte {
	b := bytes.Clone(k.key)
	b = append(b, byte(o.num), byte(o.num>>8), byte(o.num>>16), byte(o.gen), byte(o.gen>>8))
	sum := md5.Sum(append(b, salt...))
	return sum[:min(len(k.key)+5, 16)]
}

// unCBC undoes AES in CBC mode, whose first block is the initialization vector, and the padding.
func unCBC(key, data []byte) []byte {
	const size = aes.BlockSize
	block, err := aes.NewCipher(key)
	if err != nil || len(data) < 2*size {
		return nil
	}
	iv, data := data[:size], data[size:len(data)-len(data)%size]
	out := make([]byte, len(data))
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(out, data)
	if n := int(out[len(out)-1]); n >= 1 && n <= size {
		out = out[:len(out)-n]
	}
	return out
}
