// The log as Go's golang.org/x/mod/sumdb sees it, which nobody here wrote: `check FOLDER` verifies the checkpoint, every
// tile and entry, and the proofs that we made; `sign NAME` makes a key and a signed note for us to verify.
package main

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func assert(holds bool, what string) {
	if !holds {
		must(fmt.Errorf("%s", what))
	}
}

// disk reads tiles of height 8 where C2SP tlog-tiles puts them.
type disk string

func (d disk) Height() int { return 8 }

func (d disk) SaveTiles([]tlog.Tile, [][]byte) {}

func (d disk) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range tiles {
		path := "tile/" + strings.TrimPrefix(tile.Path(), "tile/8/")
		data, err := os.ReadFile(filepath.Join(string(d), path))
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	return all, nil
}

func hash(text string) (h tlog.Hash) {
	bytes, err := base64.StdEncoding.DecodeString(text)
	must(err)
	assert(len(bytes) == tlog.HashSize, "not a hash: "+text)
	copy(h[:], bytes)
	return h
}

func number(text string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	must(err)
	return n
}

func read(folder, name string) string {
	bytes, err := os.ReadFile(filepath.Join(folder, name))
	must(err)
	return string(bytes)
}

func check(folder string) {
	verifier, err := note.NewVerifier(strings.TrimSpace(read(folder, "vkey")))
	must(err)
	signed, err := note.Open([]byte(read(folder, "checkpoint")), note.VerifierList(verifier))
	must(err)
	lines := strings.Split(signed.Text, "\n")
	tree := tlog.Tree{N: number(lines[1]), Hash: hash(lines[2])}
	reader := tlog.TileHashReader(tree, disk(folder))
	var indexes []int64
	var leaves []tlog.Hash
	for from := int64(0); from < tree.N; from += 256 {
		tile := tlog.Tile{H: 8, L: 0, N: from / 256, W: 256}
		if tree.N-from < 256 {
			tile.W = int(tree.N - from)
		}
		bundle := []byte(read(folder, "tile/entries/"+strings.TrimPrefix(tile.Path(), "tile/8/0/")))
		for len(bundle) > 0 {
			length := 2 + int(binary.BigEndian.Uint16(bundle))
			indexes = append(indexes, tlog.StoredHashIndex(0, int64(len(leaves))))
			leaves = append(leaves, tlog.RecordHash(bundle[2:length]))
			bundle = bundle[length:]
		}
	}
	assert(int64(len(leaves)) == tree.N, "entries are not as many as the checkpoint says")
	kept, err := reader.ReadHashes(indexes)
	must(err)
	for i := range kept {
		assert(kept[i] == leaves[i], fmt.Sprintf("entry %d is not the one of its tile", i))
	}
	proofs := 0
	for _, line := range strings.Split(strings.TrimSpace(read(folder, "proofs")), "\n") {
		words := strings.Fields(line)
		var path []tlog.Hash
		for _, word := range words[3:] {
			path = append(path, hash(word))
		}
		at := number(words[1])
		switch words[0] {
		case "entry":
			must(tlog.CheckRecord(path, tree.N, tree.Hash, at, hash(words[2])))
			assert(hash(words[2]) == leaves[at], "a proof of another entry")
		case "tree":
			must(tlog.CheckTree(path, tree.N, tree.Hash, at, hash(words[2])))
			root, err := tlog.TreeHash(at, reader)
			must(err)
			assert(root == hash(words[2]), "a proof of another tree")
		}
		proofs++
	}
	fmt.Printf("%d entries, %d proofs, %d unknown signatures\n", tree.N, proofs, len(signed.UnverifiedSigs))
}

func sign(name string) {
	secret, public, err := note.GenerateKey(rand.Reader, name)
	must(err)
	signer, err := note.NewSigner(secret)
	must(err)
	text := name + "\n1\n" + base64.StdEncoding.EncodeToString(make([]byte, 32)) + "\n"
	signed, err := note.Sign(&note.Note{Text: text}, signer)
	must(err)
	fmt.Printf("%s\n%s", public, signed)
}

func main() {
	switch os.Args[1] {
	case "check":
		check(os.Args[2])
	case "sign":
		sign(os.Args[2])
	}
}
