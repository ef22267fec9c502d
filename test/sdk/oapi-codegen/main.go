// A client made by oapi-codegen: an answer has a field for each status, and its headers.
package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"

	"niiserve-sdk/api"
)

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
	Accuracy float32 `json:"accuracy"`
	Dice     float32 `json:"dice"`
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
	client, err := api.NewClientWithResponses(origin)
	if err != nil {
		return found, err
	}

	annotated := true
	studies, err := client.ListStudiesWithResponse(ctx, &api.ListStudiesParams{Annotated: &annotated})
	if err != nil {
		return found, err
	}
	for _, one := range studies.JSON200.Items {
		found.Annotated = append(found.Annotated, one.Id)
	}

	n, err := strconv.Atoi(index)
	if err != nil {
		return found, err
	}
	raw, err := client.GetSliceRawWithResponse(ctx, study, api.GetSliceRawParamsVolumeImage, n, &api.GetSliceRawParams{})
	if err != nil {
		return found, err
	}
	sum := sha256.Sum256(raw.Body)
	found.Slice = slice{Dtype: raw.HTTPResponse.Header.Get("Array-Dtype"), Bytes: len(raw.Body), Sha256: hex.EncodeToString(sum[:])}
	for _, part := range strings.Split(raw.HTTPResponse.Header.Get("Array-Shape"), ",") {
		side, err := strconv.Atoi(part)
		if err != nil {
			return found, err
		}
		found.Slice.Shape = append(found.Slice.Shape, side)
	}

	missing, err := client.GetStudyWithResponse(ctx, noStudy, &api.GetStudyParams{})
	if err != nil {
		return found, err
	}
	none := missing.ApplicationproblemJSON404
	found.Problem = problem{none.Type, none.Status, none.Title, none.Detail}

	found.Scores, err = score(ctx, client, study)
	return found, err
}

func score(ctx context.Context, client *api.ClientWithResponses, study string) (scores, error) {
	var found scores
	var grades api.SeverityRequest
	body := `{"missing": "exclude", "resamples": 0, "predictions": [{"study": "study_0001", "severity": 0}, {"study": "study_0002", "severity": 3}]}`
	if err := json.Unmarshal([]byte(body), &grades); err != nil {
		return found, err
	}
	graded, err := client.ScoreSeverityWithResponse(ctx, &api.ScoreSeverityParams{}, grades)
	if err != nil {
		return found, err
	}
	found.Accuracy = *graded.JSON200.Severity.Accuracy.Value

	created, err := client.CreateEvaluationWithResponse(ctx, &api.CreateEvaluationParams{}, api.EvaluationRequest{Name: "generated"})
	if err != nil {
		return found, err
	}
	found.Run = created.JSON201.Name
	mask, err := os.ReadFile("prediction.npy")
	if err != nil {
		return found, err
	}
	scored, err := client.PutEvaluationMaskWithBodyWithResponse(ctx, created.JSON201.Id, study, "application/octet-stream", bytes.NewReader(mask))
	if err != nil {
		return found, err
	}
	found.Dice = *scored.JSON200.Dice
	return found, nil
}
