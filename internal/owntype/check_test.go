package owntype_test

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/internal/owntype"
)

type (
	withChannel   struct{ C chan int }
	hiddenChannel struct {
		withChannel

		C string
	}
	deepChannel struct {
		Rooms []struct {
			Members map[string]*struct {
				Done chan struct{} `json:"done"`
			} `json:"members"`
		} `json:"rooms"`
	}
	channelNode struct {
		Children []*channelNode
		ByName   map[string]channelNode
		C        chan int
	}
	node struct {
		Children []node
		Lists    list
	}
	tree           map[string]tree
	list           []list
	writtenChannel chan int
	selfWritten    string
)

func (*writtenChannel) MarshalJSON() ([]byte, error) { return []byte("1"), nil }

func (s selfWritten) MarshalJSON() ([]byte, error) { return []byte(`{}`), nil }

func TestCheck(t *testing.T) {
	t.Parallel()
	for _, of := range []reflect.Type{
		reflect.TypeFor[exactly](), reflect.TypeFor[map[string]any](), reflect.TypeFor[map[int]string](), reflect.TypeFor[any](),
		reflect.TypeFor[json.RawMessage](), reflect.TypeFor[selfWritten](), reflect.TypeFor[hiddenChannel](), reflect.TypeFor[map[netip.Addr]bool](),
		reflect.TypeFor[node](), reflect.TypeFor[tree](),
		reflect.TypeFor[struct {
			Any  any
			Err  error
			More []fmt.Stringer
		}](),
		reflect.TypeFor[struct {
			C chan int `json:"-"`
			f func()
		}](),
		reflect.TypeFor[struct {
			C []writtenChannel
			D *writtenChannel
		}](),
	} {
		assert.NoError(t, owntype.Check(of), "%v", of)
	}
	for says, of := range map[string]reflect.Type{
		"type string is no JSON object: a struct or a map is wanted":       reflect.TypeFor[string](),
		"type []owntype_test.inner is no JSON object":                      reflect.TypeFor[[]inner](),
		"type *owntype_test.inner is no JSON object":                       reflect.TypeFor[*inner](),
		"type netip.Addr is no JSON object: it writes itself as a text":    reflect.TypeFor[netip.Addr](),
		"withChannel can't be written as JSON: C is a chan int":            reflect.TypeFor[withChannel](),
		"can't be written as JSON: [] is a func()":                         reflect.TypeFor[map[string]func()](),
		"can't be written as JSON: it is a map by chan int":                reflect.TypeFor[map[chan int]string](),
		"JSON: rooms[].members[].done is a chan struct {}":                 reflect.TypeFor[deepChannel](),
		"JSON: [][].F is a func()":                                         reflect.TypeFor[map[string][2]*struct{ F func() }](),
		"struct { *owntype_test.withChannel } can't be written as JSON: C": reflect.TypeFor[struct{ *withChannel }](),
		"JSON: Z[] is a complex128":                                        reflect.TypeFor[struct{ Z []complex128 }](),
		"JSON: M[] is a map by owntype_test.inner":                         reflect.TypeFor[struct{ M map[string]map[inner]int }](),
		"JSON: [] is a owntype_test.writtenChannel":                        reflect.TypeFor[map[string]writtenChannel](), // not addressable there
		"channelNode can't be written as JSON: ByName[].C is a chan int":   reflect.TypeFor[channelNode](),
	} {
		require.ErrorContains(t, owntype.Check(of), says)
	}
}

// Types that contain themselves can be decoded.
func TestRecursiveTypes(t *testing.T) {
	t.Parallel()
	var got node
	require.NoError(t, owntype.New[node]().Decode(&got, []byte(`{"Children":[{"Lists":[[],[[]]],"children":[{}]}]}`)))
	assert.Equal(t, node{Children: []node{{Lists: list{{}, {{}}}}}}, got)
	var deep tree
	require.NoError(t, owntype.New[tree]().Decode(&deep, []byte(`{"a":{"b":{}}}`)))
	assert.Equal(t, tree{"a": {"b": {}}}, deep)
}
