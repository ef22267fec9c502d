// A client made by ogen: every answer, its headers and its problems are types of their own.
package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/ogen-go/ogen/ogenerrors"

	"niiserve-sdk/api"
)

type open struct{}

func (open) ApiKey(context.Context, api.OperationName) (api.ApiKey, error) {
	return api.ApiKey{}, ogenerrors.ErrSkipClientSecurity
}

func (open) Bearer(context.Context, api.OperationName) (api.Bearer, error) {
	return api.Bearer{}, ogenerrors.ErrSkipClientSecurity
}

type slice struct {
	Dtype  string `json:"dtype"`
	Shape  []int  `json:"shape"`
	Bytes  int    `json:"bytes"`
	Sha256 string `json:"sha256"`
}

type problem struct {
	Type   string `json:"type"`
	Status int    `json:"status"`
	Title  string `json:"title"`
	Detail string `json:"detail"`
}

type scores struct {
	Accuracy float64 `json:"accuracy"`
	Dice     float64 `json:"dice"`
	Run      string  `json:"run"`
}

type report struct {
	Annotated []string `json:"annotated"`
	Slice     slice    `json:"slice"`
	Problem   problem  `json:"problem"`
	Scores    scores   `json:"scores"`
}

func main() {
	found, err := run(context.Background(), os.Args[1], os.Args[2], os.Args[3], os.Args[4])
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(found)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, origin, study, index, noStudy string) (report, error) {
	var found report
	client, err := api.NewClient(origin, open{})
	if err != nil {
		return found, err
	}

	studies, err := client.ListStudies(ctx, api.ListStudiesParams{Annotated: api.NewOptBool(true)})
	if err != nil {
		return found, err
	}
	page, ok := studies.(*api.StudyListHeaders)
	if !ok {
		return found, fmt.Errorf("studies: %T", studies)
	}
	for _, one := range page.Response.Items {
		found.Annotated = append(found.Annotated, one.ID)
	}

	n, err := strconv.Atoi(index)
	if err != nil {
		return found, err
	}
	raw, err := client.GetSliceRaw(ctx, api.GetSliceRawParams{StudyId: study, Volume: api.VolumeParameterImage, Index: n})
	if err != nil {
		return found, err
	}
	answer, ok := raw.(*api.GetSliceRawOKHeaders)
	if !ok {
		return found, fmt.Errorf("slice: %T", raw)
	}
	data, err := io.ReadAll(answer.Response)
	if err != nil {
		return found, err
	}
	sum := sha256.Sum256(data)
	found.Slice = slice{Dtype: answer.ArrayDtype, Bytes: len(data), Sha256: hex.EncodeToString(sum[:])}
	for _, part := range strings.Split(answer.ArrayShape, ",") {
		side, err := strconv.Atoi(part)
		if err != nil {
			return found, err
		}
		found.Slice.Shape = append(found.Slice.Shape, side)
	}

	missing, err := client.GetStudy(ctx, api.GetStudyParams{StudyId: noStudy})
	if err != nil {
		return found, err
	}
	none, ok := missing.(*api.StudyNotFoundHeaders)
	if !ok {
		return found, fmt.Errorf("problem: %T", missing)
	}
	found.Problem = problem{none.Response.Type, none.Response.Status, none.Response.Title, none.Response.Detail}

	found.Scores, err = score(ctx, client, study)
	return found, err
}

func score(ctx context.Context, client *api.Client, study string) (scores, error) {
	var found scores
	var grades api.SeverityRequest
	body := `{"missing": "exclude", "resamples": 0, "predictions": [{"study": "study_0001", "severity": 0}, {"study": "study_0002", "severity": 3}]}`
	if err := json.Unmarshal([]byte(body), &grades); err != nil {
		return found, err
	}
	answer, err := client.ScoreSeverity(ctx, &grades, api.ScoreSeverityParams{})
	if err != nil {
		return found, err
	}
	graded, ok := answer.(*api.SeverityScoreHeaders)
	if !ok {
		return found, fmt.Errorf("grades: %T", answer)
	}
	found.Accuracy = graded.Response.Severity.Accuracy.Value.Value

	begun, err := client.CreateEvaluation(ctx, &api.EvaluationRequest{Name: "generated"}, api.CreateEvaluationParams{})
	if err != nil {
		return found, err
	}
	run, ok := begun.(*api.EvaluationHeaders)
	if !ok {
		return found, fmt.Errorf("evaluation: %T", begun)
	}
	found.Run = run.Response.Name
	mask, err := os.Open("prediction.npy")
	if err != nil {
		return found, err
	}
	defer mask.Close()
	put, err := client.PutEvaluationMask(ctx, api.PutEvaluationMaskReq{Data: mask}, api.PutEvaluationMaskParams{ID: run.Response.ID, StudyId: study})
	if err != nil {
		return found, err
	}
	scored, ok := put.(*api.MaskScoreHeaders)
	if !ok {
		return found, fmt.Errorf("mask: %T", put)
	}
	found.Dice = scored.Response.Dice.Value
	return found, nil
}
